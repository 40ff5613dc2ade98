"""What the API takes and answers, beside `arqlight.models`: a module for each resource."""
