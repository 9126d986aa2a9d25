/**
 * Starts the page's program, which stands in the page compressed: what that saves holds another network's weights.
 *
 * @module
 */
import { byId } from "./elements.ts";
import { unpack } from "./packed.ts";

unpack(byId("program").textContent!).then((program) => {
  const script = document.createElement("script");
  script.src = URL.createObjectURL(new Blob([program], { type: "text/javascript" }));
  document.head.append(script);
});
