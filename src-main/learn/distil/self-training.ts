import { generations } from './born-again';
import { method } from './method';

/** Yuan et al. 2020, teacher-free distillation by self-training: the teacher is a trained copy of the student itself. */
export const selfTraining = method({
  name: 'self-training',
  about: 'train a copy of the student by the labels first, which is its teacher (Yuan et al. 2020)',
  settings: {},
  make: () => ({
    stages(plan) {
      if (plan.stage.teachers.length > 0)
        throw new Error('self-training makes the teacher itself, a copy of the student: leave --teacher out');
      return generations(plan, 1, 'teacher');
    },
  }),
});
