# SPDX-License-Identifier: Apache-2.0
"""A WSGI application for gunicorn. Answers with what stands in the file
"version" beside it; gunicorn logs the requests."""
import pathlib

VERSION = pathlib.Path(__file__).with_name("version").read_bytes()


def application(environ, start_response):
    start_response("200 OK", [("Content-Type", "text/plain"),
                              ("Content-Length", str(len(VERSION)))])
    return [VERSION]
