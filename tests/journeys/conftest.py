"""What a journey starts with: real kernels in a project whose settings lead to a sandbox."""

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from kernels import Kernel, start_kernel


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
        kernel.client.stop_channels()
        kernel.manager.shutdown_kernel(now=True)


@pytest.fixture
def kernel(new_kernel: Callable[..., Kernel]) -> Kernel:
    """One kernel of the project."""
    return new_kernel()
