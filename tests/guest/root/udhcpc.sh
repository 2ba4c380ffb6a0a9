#!/bin/sh
# What busybox's DHCP client calls when it has an address.
case $1 in
deconfig) ip addr flush dev "$interface" ;;
bound | renew)
    ip addr replace "$ip/${mask:-24}" dev "$interface"
    for address in $router; do ip route replace default via "$address" dev "$interface"; break; done
    : > /etc/resolv.conf
    for address in $dns; do echo "nameserver $address" >> /etc/resolv.conf; done
    ;;
esac
:
