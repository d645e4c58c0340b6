"""The sandbox's accounts service: apps, people, consent, codes and tokens."""
