/**
 * ONNX's own GroupNormalization changed its meaning between opsets; instance norm of a group as if it were one channel
 * is the same in all of them.
 *
 * @module
 */
import { keywords, type LayerForms } from "../layer_forms.ts";

export const groupNorm: LayerForms<"groupNorm"> = {
  onnx({ groups, epsilon }, scope) {
    const { inputs: [x], input: shape } = scope, [channels, ...places] = shape;
    // 0 keeps the batch dimension as it is
    const grouped = scope.add("Reshape", [x, scope.integers("groups", [0, groups, -1])]);
    const ones = scope.floats("one", new Array(groups).fill(1));
    const zeros = scope.floats("zero", new Array(groups).fill(0));
    const normalized = scope.add("InstanceNormalization", [grouped, ones, zeros], {
      epsilon: { float: epsilon },
    });
    const restored = scope.add("Reshape", [normalized, scope.integers("shape", [0, ...shape])]);
    const byChannel = [channels, ...places.map(() => 1)];
    const scaled = scope.add("Mul", [restored, scope.tensor("weight", byChannel)]);
    return scope.add("Add", [scaled, scope.tensor("bias", byChannel)]);
  },
  pytorch: ({ groups, epsilon }, { input: [channels] }) => ({
    module: `nn.GroupNorm(${groups}, ${channels}${keywords({ eps: [epsilon, 1e-5] })})`,
  }),
};
