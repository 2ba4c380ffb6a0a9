#!/bin/sh
# Puts the web page in its place and notes the version. Runs as root on the new machine.
set -eu
install -d /var/www/html
install -m 644 /tmp/www/index.html /var/www/html/index.html
echo "web server $VERSION" > /etc/motd
# The token is only used, never stored; in Kiln's output it shows as <sensitive>.
echo "registering with a token of ${#TOKEN} characters"
rm -r /tmp/www
echo "installed version $VERSION on $(hostname)"
