"""The randomised crash test: producers, workers of both kinds, kills, stalls, cut connections and aborts.

``python -m tests.soak --seconds 60 --seed 7`` runs one round and prints one line of totals, or what went
wrong and how to see it again. The seed decides what is done and when; how the processes run in between is
the machine's affair, so a rare failure may take some rounds to come back.
"""
