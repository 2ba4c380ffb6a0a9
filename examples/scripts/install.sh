#!/bin/sh
# Puts the web page in its place and notes the version. Runs as root on the new machine.
set -eu
mkdir -p /var/www/html
cp /tmp/www/index.html /var/www/html/index.html
chmod 644 /var/www/html/index.html
echo "web server $VERSION" > /etc/motd
# The token is only used, never stored; in Kiln's output it shows as <sensitive>.
token=${TOKEN:-}
echo "registering with a token of ${#token} characters"
rm -r /tmp/www
echo "installed version $VERSION on $(hostname)"
