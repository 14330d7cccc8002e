/** A job beside the live picture: how much it may work, how it rests, and what it then says of its speed. */
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { Gate } from '../../src-main/jobs/gate';
import { GiveWay } from '../../src-main/jobs/give-way';
import { StepTimes } from '../../src-main/learn/step-times';

/** A machine on which the live page looks at frames, and a job takes from that what its share says. */
class Machine {
  readonly way = new GiveWay();
  now = 0;
  /** Looks a second without a job, and what a job that works all the time takes of them. */
  alone = 30;
  takes = 0.16;
  working = false;
  watched = true;
  /** Of every second: the rate as a share of that alone, and the share of its time that the job may work. */
  readonly kept: number[] = [];
  readonly shares: number[] = [];

  run(seconds: number): void {
    for (let i = 0; i < seconds; i++) {
      this.now += 1000;
      const share = this.way.share(this.now);
      const kept = this.working ? 1 - this.takes * share : 1;
      this.kept.push(kept);
      this.shares.push(share);
      const frames = this.watched ? this.alone * kept : 0;
      this.way.measured({ cameraFrames: this.watched ? 30 : 0, frames, seconds: 1 }, this.working, this.now);
    }
  }

  /** A second without a word from the page. */
  silence(seconds: number): void {
    this.now += 1000 * seconds;
  }
}

const mean = (values: readonly number[]): number => values.reduce((a, b) => a + b, 0) / values.length;

describe('a job beside the live picture', () => {
  it('leaves it 97 % of its rate from the beginning, and still works', () => {
    const machine = new Machine();
    machine.run(20);
    machine.working = true;
    machine.run(600);
    expect(mean(machine.kept.slice(20, 60))).toBeGreaterThan(0.96);
    expect(mean(machine.kept.slice(60))).toBeGreaterThan(0.97);
    expect(mean(machine.shares.slice(60))).toBeGreaterThan(0.09);
  });

  it('does not swing: once it found its share, that changes seldom', () => {
    const machine = new Machine();
    machine.run(20);
    machine.working = true;
    machine.run(600);
    const late = machine.shares.slice(120);
    const changes = late.filter((share, i) => i > 0 && share !== late[i - 1]).length;
    expect(changes).toBeLessThanOrEqual(16);
  });

  it('works all the time where it takes nothing of the rate', () => {
    const machine = new Machine();
    machine.takes = 0.005;
    machine.run(20);
    machine.working = true;
    machine.run(240);
    expect(machine.shares.at(-1)).toBe(1);
  });

  it('rests until the rate alone is known, where it began with the page', () => {
    const machine = new Machine();
    machine.working = true;
    machine.run(8);
    expect(machine.shares.slice(1)).toEqual(Array(7).fill(0));
    machine.run(20);
    expect(machine.shares.at(-1)).toBeGreaterThan(0);
    expect(mean(machine.kept)).toBeGreaterThan(0.97);
  });

  it('works all the time while the watch is paused, and when no page says a word', () => {
    const machine = new Machine();
    machine.run(20);
    machine.working = true;
    machine.run(60);
    machine.watched = false;
    machine.run(5);
    expect(machine.shares.slice(-4)).toEqual([1, 1, 1, 1]);
    machine.watched = true;
    machine.run(5);
    expect(machine.shares.at(-1)).toBeLessThan(0.3);
    machine.silence(4);
    expect(machine.way.share(machine.now)).toBe(1);
    expect(machine.way.works(machine.now)).toBe(1);
  });

  it('finds the rate alone anew where the camera gives less than before, and goes on working', () => {
    const machine = new Machine();
    machine.run(20);
    machine.working = true;
    machine.run(120);
    const before = machine.shares.at(-1)!;
    machine.alone = 15;
    machine.run(240);
    expect(machine.shares.slice(140)).toContain(0);
    expect(machine.shares.at(-1)).toBeGreaterThanOrEqual(before * 0.8);
    expect(mean(machine.kept.slice(-100))).toBeGreaterThan(0.97);
  });

  it('tells what a job begun now may count on, while it rests too', () => {
    const machine = new Machine();
    machine.working = true;
    machine.run(3);
    expect(machine.way.share(machine.now)).toBe(0);
    expect(machine.way.works(machine.now)).toBe(0.25);
  });
});

describe('a job’s work', () => {
  beforeEach(() => {
    vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout', 'performance'] });
  });
  afterEach(() => {
    vi.useRealTimers();
  });

  /** Milliseconds until it has passed after so much work. */
  async function rest(gate: Gate, work: number, wake?: () => void): Promise<number> {
    vi.advanceTimersByTime(work);
    const began = performance.now();
    let passed = NaN;
    const passing = gate.pass().then(() => (passed = performance.now()));
    for (let i = 0; i < 200 && Number.isNaN(passed); i++) {
      if (i === 100) wake?.();
      await vi.advanceTimersByTimeAsync(i === 0 ? 0 : 100);
    }
    if (Number.isNaN(passed)) return Infinity;
    await passing;
    return passed - began;
  }

  it('rests after each piece as long as its share asks for', async () => {
    const gate = new Gate();
    expect(await rest(gate, 500)).toBe(0);
    gate.share = 0.25;
    expect(await rest(gate, 500)).toBe(1500);
    gate.share = 0.5;
    expect(await rest(gate, 300)).toBe(300);
  });

  it('does not rest for minutes because the beginning took minutes', async () => {
    const gate = new Gate();
    gate.share = 0.5;
    expect(await rest(gate, 120_000)).toBe(3000);
  });

  it('rests for good at a share of nothing, and goes on as soon as there is another', async () => {
    const gate = new Gate();
    gate.share = 0;
    expect(await rest(gate, 500)).toBe(Infinity);
    const other = new Gate();
    other.share = 0;
    expect(await rest(other, 500, () => (other.share = 1))).toBe(9900);
  });

  it('stands while it is held, whatever its share', async () => {
    const gate = new Gate();
    gate.shut();
    expect(
      await rest(gate, 500, () => {
        gate.open();
      }),
    ).toBe(9900);
  });

  it('tells of the speed it has now, not of a pause or of before it gave way', () => {
    const times = new StepTimes();
    // The third of four steps of the first of two epochs: five are left.
    const at = { epoch: 0, epochs: 2, step: 3, steps: 4, loss: 1 };
    const step = (seconds: number) => {
      vi.advanceTimersByTime(1000 * seconds);
      return times.progress(32, at);
    };
    for (let i = 0; i < 20; i++) step(0.5);
    expect(step(3600)).toEqual({ ...at, imagesPerSecond: 64, secondsLeft: 2.5 });
    for (let i = 0; i < 10; i++) step(2);
    expect(step(2)).toEqual({ ...at, imagesPerSecond: 16, secondsLeft: 10 });
  });
});
