#!/bin/sh
# Prints the path of a Python that arqlight runs on (PYTHON, if set, is the only one looked at).
# When there is none, says so in one sentence and exits with 1.

check='
import sys
if sys.version_info < (3, 11):
    sys.exit(2)
try:
    import ensurepip, venv
except ImportError:
    sys.exit(3)
print(sys.executable)
'

without_venv=
for name in ${PYTHON:-python3 python3.14 python3.13 python3.12 python3.11}; do
    if path=$("$name" -c "$check" 2>/dev/null); then
        echo "$path"
        exit 0
    elif [ $? -eq 3 ]; then
        without_venv=$name
    fi
done

if [ -n "$without_venv" ]; then
    echo "arqlight: $without_venv has no venv module: install it (on Debian and Ubuntu: apt install python3-venv)." >&2
else
    echo "arqlight: needs Python 3.11 or newer, and found none${PYTHON:+ at PYTHON=$PYTHON}." >&2
fi
exit 1
