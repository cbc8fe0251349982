// The administration: one small set of patterns for all of its pages, and what a few of them have besides.

import "./times.js";
import "./send.js";
import { usable } from "/static/dom.js";

const MORE = { "list-import": "./lists.js", limits: "./limits.js", "new-agent": "./agents.js", why: "./people.js", "law-diff": "./law.js", erase: "./erase.js", registry: "./registry.js" };

const here = Object.entries(MORE).filter(([id]) => document.getElementById(id));

// What is wider than the page is moved by keys as well.
const fits = new ResizeObserver((seen) => {
  for (const { target } of seen) {
    if (target.scrollWidth > target.clientWidth) target.tabIndex = 0;
    else target.removeAttribute("tabindex");
  }
});
for (const wide of document.querySelectorAll(".wide")) fits.observe(wide);

await Promise.all(here.map(([, module]) => import(module)));
usable();
