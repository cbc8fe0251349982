"""How other dialers pace, after what is published of them: to be compared with, never to dial."""
