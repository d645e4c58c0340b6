"""What a journey starts with: real kernels in a project whose settings lead to a sandbox."""

import asyncio
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from kernels import Kernel, start_kernel


@pytest.fixture(autouse=True)
def _loop() -> Iterator[None]:
    """A loop for jupyter_client before 8, which would make one and leave it open."""
    loop = asyncio.new_event_loop()
    asyncio.set_event_loop(loop)
    yield
    asyncio.set_event_loop(None)
    loop.close()


@pytest.fixture
def new_kernel(spotify_project: Path, environ: dict[str, str]) -> Iterator[Callable[..., Kernel]]:
    """Start kernels in the project, or in a folder below it; each has the extension loaded, ``first`` run before."""
    started: list[Kernel] = []

    def start(folder: Path = spotify_project, *, first: str = "") -> Kernel:
        kernel = start_kernel(folder, environ)
        started.append(kernel)
        assert kernel.run(f"{first}\n%load_ext spotantic_nb").ok
        return kernel

    yield start
    for kernel in started:
        kernel.close()


@pytest.fixture
def kernel(new_kernel: Callable[..., Kernel]) -> Kernel:
    """One kernel of the project."""
    return new_kernel()
