# The resources of resources.json as operations of pyinfra.
import json

from pyinfra import host
from pyinfra.operations import apt, files, server, systemd

greeting = host.data.get("greeting", "hello")
done = {}
for r in json.load(open("resources.json")):
    kind, name = r["kind"], r.get("path", r.get("name"))
    if kind == "group":
        done[name] = server.group(group=name, system=True, _sudo=True)
    elif kind == "user":
        done[name] = server.user(
            user=name, home=r["home"], shell=r["shell"], system=True, create_home=False, ensure_home=False, _sudo=True
        )
    elif kind == "packages":
        apt.packages(packages=r["names"], update=True, cache_time=86400, no_recommends=True, _sudo=True)
    elif kind == "directory":
        done[name] = files.directory(path=name, user=r["owner"], group=r["owner"], mode=r["mode"], _sudo=True)
    elif kind == "file":
        done[name] = files.put(src=r["src"], dest=name, user="root", group="root", mode=r["mode"], _sudo=True)
    elif kind == "template":
        done[name] = files.template(
            src=r["src"], dest=name, user="root", group="root", mode=r["mode"], greeting=greeting, _sudo=True
        )
    elif kind == "line":
        done[name] = files.line(path=name, line=r["line"], _sudo=True)
    elif kind == "unit":
        done[name] = files.put(src=r["src"], dest="/etc/systemd/system/" + name, mode="644", _sudo=True)
    elif kind == "link":
        done[name] = files.link(path=name, target=r["to"], _sudo=True)
    elif kind == "service":
        systemd.service(service=name, running=True, enabled=True, _sudo=True)
        for inputs, what in ((r["restartOn"], "restarted"), (r["reloadOn"], "reloaded")):
            if inputs:
                on = [done[each] for each in inputs]
                systemd.service(
                    service=name,
                    running=True,
                    daemon_reload=what == "restarted",
                    _if=lambda on=on: any(each.did_change() for each in on),
                    _sudo=True,
                    **{what: True},
                )
