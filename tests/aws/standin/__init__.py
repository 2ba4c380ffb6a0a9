"""An AWS that behaves like AWS, on one Linux machine.

moto answers the API. Around it, this package adds what moto leaves out and what a builder of
machine images meets on the real service:

* instances that really run (`guest`, `instances`): an OpenSSH server in its own mount, PID and UTS
  namespaces, in an overlay over the image's files, on an address of its own, port 22. The key pair
  named in the call is the only way in. It can be stopped, started and rebooted, also from inside.
* images that hold what was on the instance (`images`), also as copies in other regions.
* time (`clock`): pending to running, stopping to stopped and image pending to available take a while.
* eventual consistency (`consistency`): a new id is not found for a moment.
* AWS's own checks where moto has none (`rules`): names taken, groups in use, wrong states,
  client tokens, tags given at creation.
* faults (`knobs`): a share of calls is throttled, answered with a 500, cut off, or done without an
  answer; single calls can be told to fail. All can be changed while the server runs.
* Session Manager (`sessions`): sessions that forward a port, for what plays Amazon's plugin.
* a log of every call and a view of everything that exists (`state`).

The twelve digits at the end of an access key name the account, so many tests share one server and
see nothing of each other: with AKIAKILN000000000007 a test has account 000000000007 for itself.
"""
