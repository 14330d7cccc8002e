/** Reverse-mode differentiation over a graph's tape. */
import { add } from './functions';
import type { Call, Value } from './graph';
import { operators } from './operators';

/**
 * Gradients of a scalar with respect to values it was computed from.
 *
 * @param loss one number: shape []
 * @param wrt the values asked about
 * @returns one gradient each, of the value's shape, in the order asked
 * @throws Error when a value does not reach the loss, or an operator on the way has no gradient
 */
export function gradients(loss: Value, wrt: readonly Value[]): Value[] {
  if (loss.shape.length > 0) throw new Error(`the loss must be one number, not [${loss.shape.join()}]`);
  const tape = loss.graph.tape;
  const dependent = new Set<Value>(wrt);
  const relevant = tape.filter((call) => {
    const { detached = false } = operators[call.op]!;
    const depends = !detached && call.inputs.some((input) => input && dependent.has(input));
    if (depends) call.outputs.forEach((output) => dependent.add(output));
    return depends;
  });

  const upstream = new Map<Value, Value>([[loss, loss.graph.scalar(1)]]);
  for (const call of relevant.reverse()) {
    const arriving = call.outputs.map((output) => upstream.get(output) ?? null);
    if (arriving.every((gradient) => gradient === null)) continue;
    const wanted = call.inputs.map((input) => input !== null && dependent.has(input));
    inputGradients(call, arriving, wanted).forEach((gradient, i) => {
      const input = call.inputs[i];
      if (!input || !gradient || !wanted[i]) return;
      const known = upstream.get(input);
      upstream.set(input, known ? add(known, gradient) : gradient);
    });
  }
  return wrt.map((value) => {
    const gradient = upstream.get(value);
    if (!gradient) throw new Error(`the loss does not depend on ${value.name}`);
    return gradient;
  });
}

function inputGradients(call: Call, arriving: (Value | null)[], wanted: boolean[]): (Value | null)[] {
  const { gradient } = operators[call.op]!;
  if (!gradient) throw new Error(`operator ${call.op} cannot be differentiated`);
  return gradient(call, arriving, wanted);
}
