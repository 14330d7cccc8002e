/**
 * The student that watches: which of several it is, changing it under the stream, and letting a lighter one watch when
 * it does not keep up with the camera. Changes are asked for one after the other.
 */
import type { Frame, Measurements, ProviderChoice } from '../api';
import { openClassifier, type Classifier } from './classifier';
import type { ProviderMemory } from './open';
import { Pace } from './pace';
import { lighterThan } from './students';

export interface StudentOptions {
  /** Paths of the .onnx files of those that may watch. */
  students: readonly string[];
  provider: ProviderChoice;
  /** What is known of providers that failed. */
  memory: ProviderMemory;
  /** Told in a sentence when a provider failed while running and CPU took over, and when it is used again. */
  onChange: (reason: string) => void;
  /** Told when the calls of one that was replaced could not be ended well. */
  onFault: (error: Error) => void;
}

/** Opens the one that is to watch, in eight bits where that is faster. */
function openOne({ students, provider, memory, onChange }: StudentOptions): Promise<Classifier> {
  const [model, ...others] = students;
  const told = { onFallback: onChange, onRecovery: onChange };
  return openClassifier({ model: model!, others, eightBit: true, provider, memory, ...told });
}

export class Student {
  readonly #pace = new Pace();
  /** Side of the crops that the one before took, where it was another: frames of its size may be under way. */
  #sizeBefore: number | null = null;

  private constructor(
    private options: StudentOptions,
    private running: Classifier,
  ) {}

  /** Throws as `openClassifier` does. */
  static async open(options: StudentOptions): Promise<Student> {
    return new Student(options, await openOne(options));
  }

  /** What classifies now. */
  get classifier(): Classifier {
    return this.running;
  }

  /** Whether a frame was cut for the student before. */
  isOfBefore({ faces, crops }: Pick<Frame, 'faces' | 'crops'>): boolean {
    if (this.#sizeBefore === null || faces.length === 0) return false;
    return crops.length === faces.length * this.#sizeBefore ** 2 * 3;
  }

  /**
   * Opens anew with what is changed, then lets go of what ran; its calls under way are answered first.
   * Throws as `openClassifier` does, and then changes nothing.
   */
  async change(changes: Partial<Pick<StudentOptions, 'students' | 'provider'>>): Promise<void> {
    const options = { ...this.options, ...changes };
    const next = await openOne(options);
    const before = this.running;
    const [size, sizeBefore] = [next.card.input.size, before.card.input.size];
    if (size !== sizeBefore) this.#sizeBefore = sizeBefore;
    [this.options, this.running] = [options, next];
    before.close().catch(this.options.onFault);
  }

  /** Takes in how long a look at a picture with faces took, in milliseconds. */
  look(milliseconds: number): void {
    this.#pace.look(milliseconds);
  }

  /** Takes in what the page measured; the share of the time that classifying takes where that is too much. */
  measured(measurements: Measurements): number | null {
    return this.#pace.measured(measurements);
  }

  /**
   * Lets a lighter student watch, where there is one.
   * @param share of the time that this one takes
   * @returns what was done, in a sentence; null where there is none lighter
   */
  async stepDown(share: number): Promise<string | null> {
    const { card } = this.running;
    const students = await lighterThan(card, this.options.students);
    if (students.length === 0) return null;
    await this.change({ students });
    const taken = `${Math.round(100 * share)} % of the time went to it`;
    return `${card.name} did not keep up with the camera (${taken}); ${this.running.card.name} took over`;
  }

  close(): Promise<void> {
    return this.running.close();
  }
}
