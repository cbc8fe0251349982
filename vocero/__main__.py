"""``python -m vocero``."""

from vocero.cli import main

if __name__ == "__main__":
    main()
