"""
A notebook that lends its login to a cluster, begins a task that outlives it, and waits to be killed.

Its arguments are the address of the scheduler and a topic for the task. It finds the settings in its ``.env``.
"""

import sys
import time

from clusters import ask_until_it_works_again
from distributed import Client, fire_and_forget

from spotantic_nb import Session
from spotantic_nb.sandbox import ScriptedUser

if __name__ == "__main__":
    scheduler, topic, *begin = sys.argv[1:]
    session = Session.current()
    if (login := session.login(wait=False)) is not None:
        ScriptedUser().follow(login.url)
        session.wait_for(login)
    client = Client(scheduler)
    auth = session.dask(client)
    if begin:
        fire_and_forget(client.submit(ask_until_it_works_again, auth, topic))
    sys.stdout.write("lent\n")
    sys.stdout.flush()
    time.sleep(600)
