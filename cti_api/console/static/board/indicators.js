// The indicators stand in the page; what is chosen of them is asked for by its form and its links.

import "/static/api.js";
import { usable } from "/static/dom.js";

usable();
