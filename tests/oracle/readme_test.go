// The examples of README.md, run: each `> request` must be answered by the `< answer` under it.
package main

import (
	"bytes"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
)

func TestReadme(t *testing.T) {
	dir, err := exec.Command("go", "list", "-m", "-f", "{{.Dir}}", "k8s.io/kubernetes").Output()
	if err != nil {
		t.Fatal(err)
	}
	t.Setenv("PLIMSOLL_ORACLE_OPENAPI", filepath.Join(strings.TrimSpace(string(dir)), "api/openapi-spec/v3"))
	text, err := os.ReadFile("README.md")
	if err != nil {
		t.Fatal(err)
	}
	var requests, answers []string
	for line := range strings.Lines(string(text)) {
		if request, ok := strings.CutPrefix(line, "> {"); ok {
			requests = append(requests, "{"+request)
		}
		if answer, ok := strings.CutPrefix(line, "< {"); ok {
			answers = append(answers, "{"+answer)
		}
	}
	if len(requests) < 6 || len(requests) != len(answers) {
		t.Fatalf("%d requests, %d answers", len(requests), len(answers))
	}
	var out bytes.Buffer
	if err := serve(strings.NewReader(strings.Join(requests, "")), &out); err != nil {
		t.Fatal(err)
	}
	i := 0
	for got := range strings.Lines(out.String()) {
		if got != answers[i] {
			t.Errorf("request %s got  %s want %s", requests[i], got, answers[i])
		}
		i++
	}
	if i != len(answers) {
		t.Errorf("%d answers to %d requests", i, len(answers))
	}
}

// A bad line is answered and the next one too.
func TestBadRequests(t *testing.T) {
	var out bytes.Buffer
	in := "x\n\n{\"op\":\"none\"}\n{\"op\":\"default\",\"gvk\":{\"version\":\"v1\",\"kind\":\"Nope\"},\"object\":{}}\n{\"op\":\"ssa\",\"gvk\":{\"version\":\"v9\",\"kind\":\"X\"}}\n{\"op\":\"validate\",\"gvk\":{\"version\":\"v1\",\"kind\":\"Pod\"}}"
	if err := serve(strings.NewReader(in), &out); err != nil {
		t.Fatal(err)
	}
	if n := strings.Count(out.String(), `{"error":`); n != 5 {
		t.Errorf("%d errors in %s", n, out.String())
	}
}
