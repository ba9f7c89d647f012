"""One module per format, each with FORMAT; they are tried in the order of `recognise.FORMATS`."""
