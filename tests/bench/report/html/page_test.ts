import assert from "node:assert/strict";
import { join } from "node:path";
import { main as bench } from "../../../../bench/commands/bench.ts";
import type { PageData } from "../../../../bench/report/html/page_data.ts";
import { renderPage } from "../../../../bench/report/html/page.ts";
import { loadTestImages, readPageData } from "../../../../bench/report/html/read_page_data.ts";
import { trialKey } from "../../../../bench/run/rows.ts";
import { readRows } from "../../../../bench/run/results.ts";
import { DataError, type Dataset } from "../../../../data/types.ts";
import type { Iteration } from "../../../../models/iteration.ts";
import { FakeEngine, type FakeEngineOptions } from "../../fake_engine.ts";
import { CATALOG, fakeSurroundings, LONG, SHORT, smallDataset, withFolder } from "../../fixtures.ts";
import { assertBalanced } from "./balanced.ts";

/** Trains with the fake engine, changes the folder and reads what a page is made from. */
async function withPage(
  options: {
    readonly args?: readonly string[];
    readonly engine?: FakeEngineOptions;
    readonly catalog?: readonly Iteration[];
    readonly dataset?: Dataset | null;
    readonly change?: (folder: string) => void;
  },
  test: (page: string, data: PageData) => void | Promise<void>,
): Promise<void> {
  await withFolder(async (root) => {
    const { args = ["--seeds", "0-2"], catalog = CATALOG, dataset = smallDataset() } = options;
    const folder = join(root, "run"), out = ["--out", folder, "--no-assert"];
    const engine = new FakeEngine(options.engine);
    const surroundings = fakeSurroundings({ engine, catalog, dataset: dataset ?? smallDataset() });
    assert.equal(await bench([...args, ...out], surroundings), 0, surroundings.err.text());
    options.change?.(folder);
    const data = await readPageData(folder, readRows(folder), {
      catalog,
      loadTestImages: () => {
        if (dataset === null) throw new DataError("MNIST was not found");
        return Promise.resolve({ test: dataset.test, digests: dataset.digests });
      },
    });
    const page = renderPage(data);
    assertBalanced(page);
    await test(page, data);
  });
}

/** Each fold of a section, from its tag on. */
function folds(text: string): string[] {
  return [...text.matchAll(/<details[^]*?<\/details>/g)].map(([fold]) => fold);
}

/** The text between a section's tags. */
function section(page: string, id: string): string {
  return page.match(new RegExp(`<section id="${id}"[^]*?</section>`))?.[0] ?? "";
}

Deno.test("loadTestImages() says of which data sets a page shows no images", () =>
  withPage({}, async (_, { record }) => {
    const { dataset } = record.manifest;
    const ofKmnist = { ...record, manifest: { ...record.manifest, dataset: { ...dataset, name: "kmnist" } } };
    await assert.rejects(loadTestImages(ofKmnist), {
      message: `a page shows MNIST's and drawn ones, not those of "kmnist"`,
    });
    await assert.rejects(loadTestImages(ofKmnist, "/images"), {
      message:
        `Cannot show test images: expected a run on mnist or synthetic, got one on "kmnist"; leave out --data`,
    });
  }));

Deno.test("renderPage() has every part, each under its heading and in the contents", () =>
  withPage({}, (page, { record }) => {
    const sections = [...page.matchAll(/<section id="(\w+)"[^>]*>\n<h2[^>]*>([^<]*)<\/h2>/g)];
    assert.deepEqual(sections.map(([, id, title]) => `${id}: ${title}`), [
      "size: Accuracy against parameters",
      "spread: From seed to seed",
      "curves: Learning curves",
      "target: Epochs to 99.4\u00a0%",
      "summary: Numbers and verdicts",
      "mistakes: What each iteration gets wrong",
      "digits: Digit by digit",
      "claims: Published claims",
      "trials: Trials and time",
      "provenance: Environment and digests",
    ]);
    for (const [, id, title] of sections) {
      assert.ok(page.includes(`<li><a href="#${id}">${title}</a></li>`), id);
    }
    const count = (part: string, id: string) => section(page, id).split(part).length - 1;
    assert.equal(record.trials.length, 6);
    assert.equal(count("<tr>", "trials"), 1 + 6 + 1 + 2);
    // Accuracies, and folded losses and learning rates.
    assert.equal(count("<svg", "curves"), 3 * 2);
    // Each of these is drawn for wide and for narrow pages.
    for (const id of ["spread", "target", "size"]) assert.equal(count("<svg", id), 2, id);
    assert.equal(count('<table class="matrix">', "mistakes"), 2);
    assert.match(section(page, "mistakes"), /0 test images of 2,500 are wrong in more than half of 3 trials/);
    for (const trial of record.trials) assert.ok(page.includes(trial.weightsDigest ?? "none"));
    assert.doesNotMatch(page, /undefined|NaN|\[object/);
    // nothing that the page has a place for; what cannot be said of a spread is a finding
    assert.doesNotMatch(page, /(?:Images are|Time is) not shown|>not shown:|left out:/);
  }));

Deno.test("renderPage() shows what each iteration gets wrong by its own trials, with votes and doubts about labels", () =>
  withPage({}, (_page, data) => {
    const labels = data.test?.labels ?? assert.fail();
    const trial = (iteration: number, seed: number, ...changes: [number, number][]): [string, Uint8Array] => {
      const predictions = Uint8Array.from(labels);
      for (const [index, digit] of changes) predictions[index] = digit;
      return [trialKey({ iteration, seed }), predictions];
    };
    const predictions = new Map([
      trial(1, 0, [947, 9], [12, 4]),
      trial(1, 1, [947, 9], [12, 4], [13, 1]),
      trial(1, 2, [947, 0]),
      trial(2, 0, [13, 1]),
      trial(2, 1, [13, 1], [12, 4]),
      trial(2, 2, [12, 4], [14, 0]),
    ]);
    const [first, second, ...others] = folds(section(renderPage({ ...data, predictions }), "mistakes"));
    assert.equal(others.length, 0);
    assert.match(first, /<summary>1 Short: 2 images<\/summary>/);
    assert.match(
      first,
      /2 test images of 2,500 are wrong in more than half of 3 trials, 1 of them in every one\./,
    );
    // No. 947 in each of three trials, none of the others.
    assert.match(
      first,
      /Of the 5 images whose label people doubt a trial misses 1\.0: 0\.04 points of accuracy/,
    );
    const cards = (text: string) =>
      [...text.matchAll(/<li( class="doubted")?><img [^>]*alt="Test image (\d+)"/g)]
        .map(([, doubted, index]) => [index, doubted !== undefined]);
    assert.deepEqual(cards(first), [["947", true], ["12", false]]);
    assert.match(first, /<b>9<\/b> ×2<\/li><li style="--share:33%"><b>0<\/b> ×1/);
    assert.match(first, /People chose 9 ×5\./);
    assert.match(first, /<li class="right" style="--share:33%"><b>2<\/b> ×1/);
    assert.equal(first.match(/src="data:image\/png;base64,/g)?.length, 2);
    // The other iteration errs on images of its own; together they would have hidden No. 13.
    assert.deepEqual(cards(second), [["12", false], ["13", false]]);
    assert.match(second, /a trial misses 0\.0: 0\.00 points/);
  }));

Deno.test("renderPage() opens the mistakes of one iteration alone, and folds claims, trials and digests", () =>
  withPage({}, (page, { record }) => {
    assert.deepEqual(
      folds(section(page, "mistakes")).map((text) => text.match(/^<details[^>]*>/)?.[0]),
      ['<details name="mistakes">', '<details name="mistakes" open>'],
    );
    const open = page.replaceAll(/<details(?![^>]* open)[^>]*>[^]*?<\/details>/g, "");
    for (const [id, hidden] of [["claims", "<table"], ["trials", "<table"], ["provenance", "<table"]]) {
      assert.ok(section(page, id).includes(hidden), id);
      assert.ok(!section(open, id).includes(hidden), id);
    }
    assert.ok(!open.includes(record.trials[0].weightsDigest ?? "none"));
    for (const id of ["size", "spread", "curves", "target"]) assert.match(section(open, id), /<svg/, id);
    assert.match(section(page, "claims"), /<summary>\d+ claims: \d+ \w+/);
  }));

Deno.test("renderPage() has the verdicts in a table of their own, and no red word where nothing was published", () => {
  const { claim: _, ...unpublished } = SHORT;
  return withPage({ catalog: [unpublished, LONG] }, (page) => {
    const [accuracies, verdicts] = [...section(page, "summary").matchAll(/<table[^]*?<\/table>/g)]
      .map(([table]) => [...table.matchAll(/<th scope="col"[^>]*>(.*?)<\/th>/g)].map(([, title]) => title));
    assert.deepEqual(verdicts, ["Iteration", "Claim", "Criteria", "Challenge", "Claim check"]);
    assert.ok(accuracies.includes("Best (optimistic) [%]") && !accuracies.includes("Claim"));
    assert.match(page, /<td role="cell" data-label="Claim check">nothing published<\/td>/);
    assert.doesNotMatch(page.match(/<article[^]*?<\/article>/)![0], /<dt>claim<\/dt>/);
  });
});

Deno.test("renderPage() leads with the final accuracy of what meets the challenge, not with its best", () =>
  withPage({
    catalog: [SHORT],
    engine: { testAccuracy: ({ seed }, epoch) => epoch === 2 ? 0.9944 + 0.0004 * seed : 0.998 },
  }, (page) => {
    assert.match(page, /<h1>Iteration 1 reaches 99\.48\u00a0% with 7,850 parameters<\/h1>/);
  }));

Deno.test("renderPage() shows what was published of each digit under that digit", () => {
  const perClass = Object.fromEntries(Array.from({ length: 10 }, (_, digit) => [digit, 0.98 + digit / 1000]));
  const catalog = [{ ...SHORT, claim: { ...SHORT.claim, perClass } }];
  return withPage({ catalog }, (page) => {
    const [row] = section(page, "digits").match(/<tr class="published">.*/)!;
    assert.deepEqual(
      [...row.matchAll(/<td[^>]*>(.*?)<\/td>/g)].map(([, cell]) => cell),
      ["98.00", "98.10", "98.20", "98.30", "98.40", "98.50", "98.60", "98.70", "98.80", "98.90"],
    );
  });
});

Deno.test("renderPage() needs nothing from outside", () =>
  withPage({}, (page) => {
    const links = [...page.matchAll(/(?:href|src)="((?!#|data:)[^"]*)"/g)].map(([, link]) => link);
    assert.deepEqual(links, ["https://arxiv.org/abs/2103.14749", "https://github.com/cleanlab/label-errors"]);
    assert.doesNotMatch(page, /<script|<link|<iframe|@import|url\(/i);
    assert.ok(page.length < 2_000_000, String(page.length));
  }));

Deno.test("renderPage() gives the same text for the same rows in another order", () =>
  withPage({}, (page, data) => {
    const record = { ...data.record, epochs: [...data.record.epochs].reverse() };
    assert.equal(renderPage({ ...data, record }), page);
  }));

Deno.test("renderPage() escapes titles, notes and digests", () => {
  const hostile = `<script>alert(1)</script>"'&`;
  const catalog = [{ ...SHORT, title: hostile }, LONG];
  const dataset = { ...smallDataset(), digests: { "t10k-<b>": "<i>" } };
  return withPage(
    { catalog, dataset, engine: { fails: { "2 0": `<img src=x onerror="alert(2)">` } } },
    (page) => {
      assert.doesNotMatch(page, /<script|<img src=x|<b>"|<i>"/);
      assert.match(page, /1 &#60;script&#62;alert\(1\)&#60;\/script&#62;&#34;&#39;&#38;/);
      assert.match(page, /failed: &#60;img src=x onerror=&#34;alert\(2\)&#34;&#62;/);
      assert.match(page, /t10k-&#60;b&#62;/);
    },
  );
});

Deno.test("renderPage() says in place that predictions are missing or not those of their row", () =>
  withPage({
    change(folder) {
      Deno.removeSync(join(folder, "predictions", "iteration-1-seed-0.bin"));
      Deno.writeFileSync(join(folder, "predictions", "iteration-2-seed-1.bin"), new Uint8Array(2500));
      // Else the numbers of each digit are those that were counted when the trials ended.
      removeIfThere(join(folder, "confusion.csv"));
    },
  }, (page, { predictions }) => {
    assert.equal(predictions.size, 4);
    assert.match(
      page,
      /The predictions of iteration 1, seed 0 are left out: the folder has no such file\./,
    );
    assert.match(
      page,
      /The predictions of iteration 2, seed 1 are left out: expected SHA-256 \w{64}, got \w{64}\./,
    );
    assert.match(
      section(page, "digits"),
      /Without 1 trial of iteration 1, 1 trial of iteration 2: their predictions are missing/,
    );
    assert.match(section(page, "mistakes"), /in more than half of 2 trials/);
  }));

Deno.test("renderPage() does without test images, and says so", () =>
  withPage({ dataset: null, change: (folder) => removeIfThere(join(folder, "confusion.csv")) }, (page) => {
    assert.match(page, /The test images are left out: MNIST was not found\./);
    assert.match(section(page, "digits"), /Not shown: it needs the predictions/);
    assert.match(section(page, "mistakes"), /Images are not shown: the test images were not found/);
    assert.match(section(page, "spread"), /<svg/);
  }));

Deno.test("renderPage() shows a single seed without a spread", () =>
  withPage({ args: ["--seeds", "3"] }, (page) => {
    assert.match(
      section(page, "spread"),
      /One trial of iteration 1, 2: nothing can be said about its spread/,
    );
    assert.match(page, /% final, one trial/);
    assert.doesNotMatch(page, /NaN|Infinity/);
  }));

Deno.test("renderPage() lists trials that did not complete and draws how far they came", () =>
  withPage({ engine: { diverges: { "2 0": 3 }, fails: { "2 1": "out of memory" } } }, (page) => {
    assert.match(section(page, "curves"), /Crosses end the 2 trials that did not complete/);
    assert.match(section(page, "trials"), /failed: out of memory/);
    assert.match(section(page, "curves"), /1 of 3 trials completed/);
  }));

Deno.test("renderPage() says what it cannot show where no trial completed", () => {
  const diverges = Object.fromEntries(["1 0", "2 0"].map((key) => [key, 1]));
  return withPage({ args: ["--seeds", "0"], engine: { diverges } }, (page) => {
    for (const id of ["spread", "size", "digits"]) assert.match(section(page, id), /Not shown/, id);
    assert.match(section(page, "mistakes"), /Images are not shown: the predictions of no completed trial/);
    assert.match(page, /no trial completed/);
    assert.doesNotMatch(page, /NaN|Infinity|undefined/);
  });
});

Deno.test("renderPage() warns of a quick run", () =>
  withPage({ args: ["--quick"] }, (page) => {
    assert.match(page, /This is a quick run on a part of the data/);
    assert.match(page, /<h1>The challenge is not judged in this run<\/h1>/);
  }));

function removeIfThere(path: string): void {
  try {
    Deno.removeSync(path);
  } catch (error) {
    if (!(error instanceof Deno.errors.NotFound)) throw error;
  }
}
