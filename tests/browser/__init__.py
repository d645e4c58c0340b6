"""The stories in a browser: a package, so that they share what is started for them."""
