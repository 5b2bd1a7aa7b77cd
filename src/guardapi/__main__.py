"""`python -m guardapi`."""

from guardapi.cli import main

if __name__ == "__main__":
    main()
