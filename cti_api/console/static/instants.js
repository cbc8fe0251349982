// Instants by the company's clock, as people here read them: wherever a browser stands, all speak of the same hour.

const LANGUAGE = document.documentElement.lang === "es" ? "es-CO" : document.documentElement.lang;
const timeZone = document.querySelector("meta[name=timezone]")?.content;
const formatted = (parts) => new Intl.DateTimeFormat(LANGUAGE, { timeZone, hourCycle: "h23", ...parts });

export const full = formatted({ day: "numeric", month: "short", year: "numeric", hour: "2-digit", minute: "2-digit" });
export const hour = formatted({ hour: "2-digit", minute: "2-digit" });
export const day = formatted({ weekday: "short", day: "numeric", month: "short" });
