import assert from "node:assert/strict";
import { escapeText, Markup, markup } from "../../../../bench/report/html/markup.ts";

Deno.test("markup escapes what is filled in, in text and in attributes", () => {
  const hostile = `<script>alert("a" & 'b')</script>`;
  assert.equal(
    markup`<p title="${hostile}">${hostile}</p>`.text,
    `<p title="&#60;script&#62;alert(&#34;a&#34; &#38; &#39;b&#39;)&#60;/script&#62;">` +
      `&#60;script&#62;alert(&#34;a&#34; &#38; &#39;b&#39;)&#60;/script&#62;</p>`,
  );
  assert.equal(escapeText("99.4 % ± 0.1"), "99.4 % ± 0.1");
});

Deno.test("markup leaves markup as it is and puts lists one after the other", () => {
  const items = ["a", "<b>"].map((item) => markup`<li>${item}</li>`);
  assert.equal(
    markup`<ul>${items}</ul>${undefined}${0}${new Markup("<hr>")}`.text,
    "<ul><li>a</li><li>&#60;b&#62;</li></ul>0<hr>",
  );
});
