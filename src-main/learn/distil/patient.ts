import { divergence } from '../../autograd/losses';
import { method } from './method';

/**
 * Beyer et al. 2022, "a good teacher is patient and consistent": no labels, the teacher sees the very views the
 * student sees, blended by mixup, and the schedule is long (which is `--epochs`).
 */
export const patient = method({
  name: 'patient',
  about: 'follow the teacher alone, on blended views, for long (Beyer et al. 2022)',
  settings: {
    T: { about: 'temperature', value: 1, from: 0.01, to: 100 },
    mixup: { about: "mixup's alpha; 0 for none", value: 0.5, from: 0, to: 4 },
  },
  make: ({ T, mixup }) => ({
    mixup,
    needs: ['teacher'],
    terms: { teacher: ({ student, teacher }) => divergence(teacher.logits, student.logits, null, T) },
  }),
});
