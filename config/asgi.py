"""The application that servers run: `granian --interface asginl config.asgi:application`."""

from django.conf import settings

from config.wsgi import application as wsgi_application
from core.http.asgi import ThreadedApplication

application = ThreadedApplication(wsgi_application, threads=settings.THREADS)
