"""What a listener delivers."""

import asyncio

from spotantic_nb.auth._attempt import Answer


class Delivered:
    """Take the first answer that is delivered, and wait for it."""

    def __init__(self) -> None:
        self._answer: asyncio.Future[Answer] = asyncio.get_running_loop().create_future()

    def __call__(self, answer: Answer) -> None:
        if not self._answer.done():
            self._answer.set_result(answer)

    @property
    def is_there(self) -> bool:
        return self._answer.done()

    async def code(self) -> str:
        """Return the code in the answer, which has to come soon."""
        return (await asyncio.wait_for(self._answer, timeout=5)).code()
