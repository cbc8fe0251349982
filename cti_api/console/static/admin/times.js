// Instants, as people here read them.

import { full } from "/static/instants.js";

for (const time of document.querySelectorAll("time[datetime]")) {
  time.textContent = full.format(new Date(time.dateTime));
  time.title = time.dateTime;
}
