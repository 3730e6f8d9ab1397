"""python -m client: ask people, and look after the waits, from a terminal."""

import sys

from client.terminal import main

if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
