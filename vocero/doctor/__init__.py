"""`vocero doctor`: looks at everything a working dialer needs, and says of each fault how to mend it."""
