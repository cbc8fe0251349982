// Figures as people read them here.

import { say } from "/static/api.js";
import { make } from "/static/dom.js";
import { day, hour } from "/static/instants.js";
import { now } from "./clock.js";

const LANGUAGE = document.documentElement.lang === "es" ? "es-CO" : document.documentElement.lang;
const whole = new Intl.NumberFormat(LANGUAGE, { maximumFractionDigits: 0 });
const tenths = new Intl.NumberFormat(LANGUAGE, { maximumFractionDigits: 1 });

export const count = (number) => whole.format(number);
export const some = (number) => tenths.format(number);
export const share = (part) => `${tenths.format(part * 100)} %`;

/** The hour, with its day where that is not today. */
export function when(instant) {
  const at = new Date(instant);
  const today = day.format(new Date(now())) === day.format(at);
  return today ? hour.format(at) : say("board.at", { day: day.format(at), hour: hour.format(at) });
}

const SVG = "http://www.w3.org/2000/svg";

/** A bar; `part` 0..1. Its words stand beside it. */
export function bar() {
  const svg = document.createElementNS(SVG, "svg");
  svg.setAttribute("class", "bar");
  svg.setAttribute("viewBox", "0 0 100 4");
  svg.setAttribute("preserveAspectRatio", "none");
  svg.setAttribute("aria-hidden", "true");
  const [, part] = ["rail", "part"].map((name) => {
    const rect = svg.appendChild(document.createElementNS(SVG, "rect"));
    for (const [key, value] of Object.entries({ class: name, height: 4, width: name === "rail" ? 100 : 0 })) rect.setAttribute(key, value);
    return rect;
  });
  svg.fill = (filled, over = false) => {
    part.setAttribute("width", String(Math.max(0, Math.min(100, filled * 100)).toFixed(2)));
    part.setAttribute("class", over ? "part over" : "part");
  };
  return svg;
}

/** Tiles in a list, one for each name: made once, changed where they are, in this order. */
export class Tiles {
  constructor(list, begin, draw) {
    this.list = list;
    this.begin = begin;
    this.draw = draw;
    this.known = new Map();
  }

  /** `entries`: names with what stands on the tile. */
  show(entries) {
    const left = new Set(this.known.keys());
    let before = null;
    for (const [name, tile] of entries) {
      left.delete(name);
      let made = this.known.get(name);
      if (!made) {
        made = { item: make("li"), last: "" };
        made.parts = this.begin(made.item, name);
        this.known.set(name, made);
      }
      const text = JSON.stringify(tile);
      if (made.last !== text) {
        made.last = text;
        this.draw(made.parts, tile, name);
      }
      const next = before ? before.nextSibling : this.list.firstChild;
      if (next !== made.item) this.list.insertBefore(made.item, next);
      before = made.item;
    }
    for (const name of left) {
      this.known.get(name).item.remove();
      this.known.delete(name);
    }
  }
}
