#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""Answers each datagram with "version N", a line break, and itself. Knows
nothing of swaps: SIGTERM ends it at once.

  udp_echo.py ADDRESS PORT N"""
import socket
import sys

address, port, number = sys.argv[1:]
echo = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
echo.bind((address, int(port)))
while True:
    request, client = echo.recvfrom(65536)
    echo.sendto(b"version " + number.encode() + b"\n" + request, client)
