/**
 * Shows a download: on a terminal a bar that is redrawn in place, elsewhere a line per file.
 *
 * @module
 */
import type { DownloadProgress } from "../../data/types.ts";
import { formatPercent } from "../command_line/format.ts";
import type { Output } from "../command_line/output.ts";

const REDRAW_MS = 100;
const BAR_WIDTH = 24;

/** A callback for the download and a function that clears what it drew. */
export function showDownload(
  output: Output,
  now: () => number,
): { readonly onProgress: DownloadProgress; readonly stop: () => void } {
  let drawnMs = -Infinity, drawn = false;
  const seen = new Set<string>();
  return {
    onProgress(file, receivedBytes, totalBytes) {
      const isFirst = !seen.has(file);
      seen.add(file);
      if (!output.isTerminal) {
        if (isFirst) output.write(`downloading ${file}\n`);
        return;
      }
      if (!isFirst && receivedBytes !== totalBytes && now() - drawnMs < REDRAW_MS) return;
      output.write(`\r${renderDownload(file, receivedBytes, totalBytes)}\x1b[K`);
      drawnMs = now();
      drawn = true;
    },
    stop() {
      if (drawn) output.write("\r\x1b[K");
      drawn = false;
    },
  };
}

function renderDownload(file: string, receivedBytes: number, totalBytes: number | undefined): string {
  const megabytes = `${(receivedBytes / 1e6).toFixed(1)} MB`;
  if (totalBytes === undefined || totalBytes === 0) return `downloading ${file}  ${megabytes}`;
  const share = Math.min(1, receivedBytes / totalBytes), full = Math.round(share * BAR_WIDTH);
  const bar = "━".repeat(full) + "─".repeat(BAR_WIDTH - full);
  return `downloading ${file}  ${bar}  ${formatPercent(share, 0)} %  ${megabytes}`;
}
