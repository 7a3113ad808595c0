#!/usr/bin/env python3
"""Records what a real API server makes of the objects in desired.json, as fixtures for the tests.

    tests/cluster/start DIR && KUBECONFIG=DIR/kubeconfig engine/schema/tests/real/record.py; tests/cluster/stop DIR

Writes applied.json (name → live object after a server-side apply), writes.json.gz (plain writes: the
object before and after, and who wrote it) and applies.json.gz (further applies by several managers).
"""

import gzip
import json
import pathlib
import subprocess
import time

HERE = pathlib.Path(__file__).resolve().parent
MANAGER = "plimsoll:shop"


def kubectl(*arguments, given=None):
    done = subprocess.run(
        ["kubectl", *arguments], input=given and json.dumps(given), capture_output=True, text=True, check=False
    )
    if done.returncode:
        raise SystemExit(f"kubectl {' '.join(arguments)}: {done.stderr}")
    return done.stdout


def name(thing):
    namespace = thing["metadata"].get("namespace")
    group, _, version = thing["apiVersion"].rpartition("/")
    kind = f"{thing['kind']}.{version}.{group}" if group else thing["kind"]
    return [kind, thing["metadata"]["name"], *(["-n", namespace] if namespace else [])]


def live(thing):
    return json.loads(kubectl("get", *name(thing), "-o", "json", "--show-managed-fields"))


def apply(thing, manager=MANAGER, *more):
    flags = ["--server-side", f"--field-manager={manager}", "-o", "json", "--show-managed-fields", *more]
    return json.loads(kubectl("apply", *flags, "-f", "-", given=thing))


def pack(file, value):
    text = json.dumps(value, sort_keys=True, separators=(",", ":")).encode()
    (HERE / file).write_bytes(gzip.compress(text, mtime=0))


def main():
    desired = json.loads((HERE / "desired.json").read_text())
    applied = {key: apply(thing) for key, thing in desired.items()}
    time.sleep(3)
    applied = {key: live(thing) for key, thing in desired.items()}
    (HERE / "applied.json").write_text(json.dumps(applied, indent=1, sort_keys=True) + "\n")

    writes = []

    def write(what, thing, manager, subresource, *command, given=None):
        before = None if command[0] == "create" else live(thing)
        if command[0] == "scale":  # always as "kubectl", and it answers with no object
            kubectl(*command)
            after = live(thing)
        else:
            flags = [f"--field-manager={manager}", "-o", "json", "--show-managed-fields"]
            after = json.loads(kubectl(*command, *flags, given=given))
        writes.append({"what": what, "manager": manager, "subresource": subresource, "before": before, "after": after, "given": given})

    # Created by a plain write: what is never left out counts as there before.
    for key, thing in desired.items():
        if key in ("deployment", "stateful-set", "service", "claim", "config", "network-policy", "autoscaler", "job", "daemon-set", "ingress", "cron-job", "account", "role", "disruption-budget"):
            twin = json.loads(json.dumps(thing))
            twin["metadata"]["name"] += "-twin"
            twin.setdefault("spec", {})
            if key == "deployment":
                twin["spec"]["paused"] = True
                twin["spec"]["replicas"] = 0
            if "spec" not in thing:
                del twin["spec"]
            write(f"create {key}", twin, "kubectl-create", None, "create", "-f", "-", given=twin)
    web = desired["deployment"]
    write("set image", web, "kubectl-set", None, "set", "image", *name(web)[2:], f"deployment/{web['metadata']['name']}", "web=nginx:1.28")
    write("scale", web, "kubectl", "scale", "scale", *name(web)[2:], f"deployment/{web['metadata']['name']}", "--replicas=2")
    sidecar = [{"op": "add", "path": "/spec/template/spec/containers/-", "value": {"name": "extra", "image": "extra:1"}}]
    write("add a container", web, "kubectl-edit", None, "patch", *name(web), "--type=json", "-p", json.dumps(sidecar))
    removal = [{"op": "remove", "path": "/spec/template/spec/containers/0/livenessProbe"}]
    write("remove a probe", web, "kubectl-edit", None, "patch", *name(web), "--type=json", "-p", json.dumps(removal))
    config = desired["config"]
    write("merge data", config, "editor", None, "patch", *name(config), "--type=merge", "-p", '{"data":{"mode":"slow","more":"1"}}')
    pack("writes.json.gz", writes)

    # Applies by several managers, each with the object before and after.
    steps = []

    def step(what, thing, manager, force=False):
        time.sleep(2)  # for the controllers to be done
        before = live(thing)
        after = apply(thing, manager, *(["--force-conflicts"] if force else []))
        steps.append({"what": what, "manager": manager, "force": force, "applied": thing, "before": before, "after": after})

    step("take back", web, MANAGER, True)
    second = {"apiVersion": "apps/v1", "kind": "Deployment", "metadata": {"name": "web", "namespace": "shop"}, "spec": {"replicas": 1}}
    step("share replicas", second, "plimsoll-replicas")
    without = json.loads(json.dumps(web))
    del without["spec"]["replicas"]
    del without["metadata"]["annotations"]
    without["spec"]["template"]["spec"]["containers"].pop()
    step("leave out", without, MANAGER)
    swapped = json.loads(json.dumps(without))
    swapped["spec"]["template"]["spec"]["initContainers"].reverse()
    step("swap", swapped, MANAGER)
    step("the same again", swapped, MANAGER)
    step("settings", config, MANAGER, True)
    pack("applies.json.gz", steps)


if __name__ == "__main__":
    main()
