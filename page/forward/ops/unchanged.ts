/**
 * What changes nothing in evaluation: the dropouts, and `flatten`, whose order is that of the memory.
 *
 * @module
 */
import type { OperationName } from "../../../models/graph.ts";
import type { Site } from "../operation.ts";

export function unchanged<K extends OperationName>({ inputs: [{ data }], output }: Site<K>): void {
  output.data.set(data);
}
