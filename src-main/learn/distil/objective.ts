/** Learning by a recipe: the student, its teachers and its peer see the same augmented views. */
import type { Value } from '../../autograd/graph';
import type { Network, Scope } from '../../autograd/scope';
import { mixup } from '../mixup';
import { argmax, softmaxRows } from '../metrics';
import { type Objective, type TeacherReport, oneHot } from '../objective';
import { mapsOf } from './maps';
import type { DistilRecipe } from './methods';
import type { Teacher } from './teacher';

export interface DistilOptions {
  batch: number;
  classes: number;
  recipe: DistilRecipe;
  /** May be left out where the recipe needs none. */
  teacher?: Teacher;
  /** How good the teacher is on the validation pictures. */
  validated?: () => Promise<Pick<TeacherReport, 'validationLoss' | 'balancedAccuracy'>>;
  /** The network that learns beside the student, where the recipe asks for one. */
  peer?: Network;
  /** The views at the student's size, where the teacher's is larger. */
  shrink?: (images: Float32Array) => Promise<Float32Array>;
}

/** What the names of a peer's weights begin with. */
export const PEER = 'peer/';

/** The scope in which a second network keeps its parameters apart from the first's. */
const beside = (scope: Scope): Scope => ({
  ...scope,
  parameter: (spec) => scope.parameter({ ...spec, name: PEER + spec.name }),
  buffer: (spec) => scope.buffer({ ...spec, name: PEER + spec.name }),
  update: (name, value) => {
    scope.update(PEER + name, value);
  },
});

/** The teacher's cross entropy and accuracy over an epoch, on the pictures that have labels. */
class TeacherRecord {
  private sums = { labelled: 0, loss: 0, right: 0 };

  constructor(private readonly classes: number) {}

  /** @param targets as the student is taught them @param labels as they are */
  add(logits: Float32Array, targets: Float32Array, labels: ArrayLike<number>): void {
    const { classes, sums } = this;
    const probabilities = softmaxRows(logits, classes);
    for (let i = 0; i < labels.length; i++) {
      if (labels[i]! < 0) continue;
      sums.labelled += 1;
      if (argmax(logits, i * classes, classes) === labels[i]) sums.right += 1;
      for (let k = i * classes; k < (i + 1) * classes; k++)
        sums.loss -= targets[k]! * Math.log(Math.max(1e-12, probabilities[k]!));
    }
  }

  /** The means so far; the next epoch begins. */
  ended(): Pick<TeacherReport, 'trainLoss' | 'trainAccuracy'> {
    const { labelled, loss, right } = this.sums;
    this.sums = { labelled: 0, loss: 0, right: 0 };
    if (labelled === 0) return { trainLoss: null, trainAccuracy: null };
    return { trainLoss: loss / labelled, trainAccuracy: right / labelled };
  }
}

/** @throws Error when the recipe needs a teacher or a peer and there is none */
export function distilled(options: DistilOptions): Objective {
  const { batch, classes, recipe, teacher, validated, peer, shrink } = options;
  const { needs } = recipe;
  if (!teacher && needs.has('teacher'))
    throw new Error('distillation needs a teacher: name one with --teacher');
  const asked = needs.has('teacher') ? teacher : undefined;
  const record = new TeacherRecord(classes);
  return {
    loss(logits, graph, { images, scope }) {
      const second = peer && needs.has('peer') ? peer(beside(scope), images) : undefined;
      const from = {
        student: { logits, maps: needs.has('maps') ? mapsOf(logits, images) : [] },
        teacher: {
          logits: graph.input('teacher', [batch, classes]),
          maps: (asked?.maps ?? []).map((shape, i) => graph.input(`teacher map ${i}`, [batch, ...shape])),
        },
        targets: graph.input('targets', [batch, classes]),
        peer: (): Value => {
          if (!second) throw new Error('a method asks for a second network, and there is none');
          return second;
        },
      };
      return Object.fromEntries(Object.entries(recipe.terms).map(([name, term]) => [name, term(from)]));
    },
    async feeds({ images, labels }, random) {
      const targets = oneHot(labels, classes);
      for (const piece of recipe.pieces) piece.labels?.({ values: targets, classes, random });
      if (recipe.mixup > 0) mixup(images, targets, batch, recipe.mixup, random);
      const { logits, maps } = (await asked?.answer(images)) ?? {
        logits: new Float32Array(batch * classes),
        maps: [],
      };
      if (asked) record.add(logits, targets, labels);
      for (const piece of recipe.pieces) piece.teacher?.({ values: logits, targets, classes, random });
      return {
        ...(shrink && { images: await shrink(images) }),
        targets,
        teacher: logits,
        ...Object.fromEntries(maps.map((map, i) => [`teacher map ${i}`, map])),
      };
    },
    ...(asked && validated && { teacher: async () => ({ ...record.ended(), ...(await validated()) }) }),
  };
}
