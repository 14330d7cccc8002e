/** Learning from a teacher: both see the same augmented views. */
import { mixup } from '../mixup';
import { type Objective, oneHot } from '../objective';
import type { DistilRecipe } from './methods';
import type { Teacher } from './teacher';

export interface DistilOptions {
  batch: number;
  classes: number;
  recipe: DistilRecipe;
  /** May be left out where the recipe needs none. */
  teacher?: Teacher;
}

/** @throws Error when the recipe needs a teacher and there is none, or its answers do not fit */
export function distilled({ batch, classes, recipe, teacher }: DistilOptions): Objective {
  if (!teacher && !recipe.needsNoTeacher)
    throw new Error('distillation needs a teacher: name one with --teacher');
  const weights = new Float32Array(batch).fill(1);
  return {
    loss: (student, graph) =>
      recipe.loss({
        student,
        teacher: graph.input('teacher', [batch, classes]),
        targets: graph.input('targets', [batch, classes]),
        weights: graph.input('weights', [batch]),
      }),
    async feeds({ images, labels }, random) {
      const targets = oneHot(labels, classes);
      for (const piece of recipe.pieces) piece.labels?.({ values: targets, classes, random });
      if (recipe.mixup > 0) mixup(images, targets, batch, recipe.mixup, random);
      const asked = recipe.needsNoTeacher ? undefined : await teacher!.logits(images);
      const logits = asked ?? new Float32Array(batch * classes);
      if (logits.length !== batch * classes)
        throw new Error(`the teacher tells ${logits.length / batch} classes apart, the student ${classes}`);
      for (const piece of recipe.pieces) piece.teacher?.({ values: logits, targets, classes, random });
      return { targets, weights, teacher: logits };
    },
  };
}
