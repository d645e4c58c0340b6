"""Whether a port is free, and who has it, as the system says."""

import errno
import os
import socket

from worlds import World

from spotantic_nb.doctor._ports import who_listens_on, why_not


def test_a_port_that_a_login_has_just_left_is_free(port: int) -> None:
    """Its last connection lingers for a minute (RFC 9293, section 3.6), which keeps no listener from it."""
    with socket.create_server(("127.0.0.1", port)) as server, socket.create_connection(("127.0.0.1", port)) as browser:
        connection, _ = server.accept()
        connection.close()  # whoever closes first is left with it
        assert browser.recv(1) == b""
    assert why_not("127.0.0.1", port) == 0


def test_a_port_of_this_very_process_is_called_so(port: int) -> None:
    with socket.create_server(("127.0.0.1", port)):
        assert why_not("127.0.0.1", port) == errno.EADDRINUSE
        assert who_listens_on(port) == f"this very process ({os.getpid()})"
    assert why_not("127.0.0.1", port) == 0
    assert who_listens_on(port) == ""


def test_of_another_process_its_name_is_told_and_none_of_its_arguments(world: World) -> None:
    process = world.listen(world.port)
    told = who_listens_on(world.port)
    assert told.endswith(f"(process {process})")
    assert "socket" not in told
    assert str(world.port) not in told.partition("(")[0]
