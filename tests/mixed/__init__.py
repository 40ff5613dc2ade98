"""Mixed fleets: plain arq's producers and workers beside arqlight's, on one queue, each a real process."""
