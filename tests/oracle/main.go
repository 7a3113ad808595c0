// The oracle answers questions about Kubernetes with Kubernetes' own code: one JSON request a
// line on stdin, one JSON answer a line on stdout, in order. README.md lists the operations.
// It holds no opinion of ours; where Plimsoll differs from it, Plimsoll is wrong.
package main

import (
	"bufio"
	"encoding/json"
	"flag"
	"fmt"
	"io"
	"os"

	"k8s.io/apimachinery/pkg/runtime/schema"
	"k8s.io/klog/v2"
	"k8s.io/kubernetes/pkg/capabilities"
)

// gvk is a group, version and kind as requests spell them.
type gvk struct {
	Group   string `json:"group"`
	Version string `json:"version"`
	Kind    string `json:"kind"`
}

func (g gvk) native() schema.GroupVersionKind {
	return schema.GroupVersionKind{Group: g.Group, Version: g.Version, Kind: g.Kind}
}

// request is the union of the fields of all operations.
type request struct {
	Op     string          `json:"op"`
	GVK    gvk             `json:"gvk"`
	Object json.RawMessage `json:"object"`
	Old    json.RawMessage `json:"old"`
	Steps  []step          `json:"steps"`
}

var operations = map[string]func(request) (any, error){
	"ssa":      ssa,
	"fieldset": fieldSet,
	"default":  defaulted,
	"store":    stored,
	"validate": validate,
}

func main() {
	harvesting := flag.Bool("harvest", false, "print the table of defaults and end")
	flag.Parse()
	klog.LogToStderr(false)
	klog.SetOutput(io.Discard)
	// As the API server of the test cluster, which runs with --allow-privileged.
	capabilities.Initialize(capabilities.Capabilities{AllowPrivileged: true})

	if *harvesting {
		if err := harvest(os.Stdout); err != nil {
			fmt.Fprintln(os.Stderr, "oracle:", err)
			os.Exit(1)
		}
		return
	}
	if err := serve(os.Stdin, os.Stdout); err != nil {
		fmt.Fprintln(os.Stderr, "oracle:", err)
		os.Exit(1)
	}
}

// serve answers until stdin ends. It flushes whenever no further request is waiting, so that
// both a conversation and a batch of thousands work.
func serve(in io.Reader, out io.Writer) error {
	reader := bufio.NewReaderSize(in, 1<<20)
	writer := bufio.NewWriterSize(out, 1<<20)
	for {
		line, err := reader.ReadBytes('\n')
		if len(line) > 0 && len(line) != 1 {
			writer.Write(answer(line))
			writer.WriteByte('\n')
		}
		if reader.Buffered() == 0 || err != nil {
			if failed := writer.Flush(); failed != nil {
				return failed
			}
		}
		if err == io.EOF {
			return nil
		}
		if err != nil {
			return err
		}
	}
}

// answer never fails: a bad request, and a panic inside Kubernetes' code, become {"error": …}.
func answer(line []byte) (reply []byte) {
	defer func() {
		if p := recover(); p != nil {
			reply = failure(fmt.Errorf("panic: %v", p))
		}
	}()
	var r request
	if err := json.Unmarshal(line, &r); err != nil {
		return failure(err)
	}
	operation, ok := operations[r.Op]
	if !ok {
		return failure(fmt.Errorf("unknown op %q", r.Op))
	}
	result, err := operation(r)
	if err != nil {
		return failure(err)
	}
	encoded, err := json.Marshal(result)
	if err != nil {
		return failure(err)
	}
	return encoded
}

func failure(err error) []byte {
	encoded, _ := json.Marshal(map[string]string{"error": err.Error()})
	return encoded
}
