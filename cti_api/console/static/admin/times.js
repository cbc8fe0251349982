// Instants, as people here read them.

const LANGUAGE = document.documentElement.lang === "es" ? "es-CO" : document.documentElement.lang;
const full = new Intl.DateTimeFormat(LANGUAGE, { day: "numeric", month: "short", year: "numeric", hour: "2-digit", minute: "2-digit", hourCycle: "h23" });

for (const time of document.querySelectorAll("time[datetime]")) {
  time.textContent = full.format(new Date(time.dateTime));
  time.title = time.dateTime;
}
