// Harvesting makes defaults.json: for each kind, which path takes which value when it is absent.
// It defaults thousands of small objects, one for each optional branch and variant of each
// field, and calls a default unconditional only if no object contradicts it.
package main

import (
	"encoding/json"
	"fmt"
	"io"
	"reflect"
	"sort"
	"strings"

	"k8s.io/apimachinery/pkg/runtime/schema"
	"k8s.io/kubernetes/pkg/api/legacyscheme"
)

const absent = "(absent)"

// sample is one object before and after.
type sample struct {
	label       string // what was varied, for the reader of a conditional default
	before      map[string]any
	afterDecode map[string]any
	after       map[string]any
}

// conditional describes a default that depends on other fields.
type conditional struct {
	Note string            `json:"note"`
	Seen map[string]string `json:"seen"` // value → one variation that yields it
}

// kindTable is what the objects of one kind taught.
type kindTable struct {
	kind        schema.GroupVersionKind
	defaults    map[string]any
	conditional map[string]conditional
	rewritten   map[string]map[string]string // path → "from → to" → variation
	replaced    map[string]bool              // an empty value takes the default, as if absent
	kept        map[string]bool              // an empty value stays; everywhere else it vanishes
}

func harvest(w io.Writer) error {
	defaults := map[string]any{}
	conditionals, rewritten := map[string]any{}, map[string]any{}
	replaced, kept := map[string]any{}, map[string]any{}
	for kind := range strategies {
		switch kind.Kind {
		case "ClusterRole", "ClusterRoleBinding":
			continue
		}
		samples, err := samplesOf(kind)
		if err != nil {
			return fmt.Errorf("%s: %w", kind, err)
		}
		table := learn(kind, samples)
		name := kind.GroupVersion().String() + "/" + kind.Kind
		defaults[name] = table.defaults
		conditionals[name] = table.conditional
		rewritten[name] = table.rewritten
		replaced[name] = keys(table.replaced)
		kept[name] = keys(table.kept)
	}
	for _, lists := range []map[string]any{replaced, kept} {
		shorten(lists)
	}
	defaults["conditional"] = conditionals
	defaults["rewritten"] = rewritten
	defaults["emptyTakesDefault"] = replaced
	defaults["keptWhenEmpty"] = kept
	return printTable(w, defaults)
}

// shorten drops from the workloads' lists what their pod templates share with v1/Pod, if they
// share all of it.
func shorten(lists map[string]any) {
	ofPods := map[string]bool{}
	for _, path := range lists["v1/Pod"].([]string) {
		ofPods[path] = true
	}
	for kind, value := range lists {
		var own []string
		shared := 0
		for _, path := range value.([]string) {
			_, inPod, templated := strings.Cut(path, "template.spec.")
			if templated && strings.HasPrefix(path, "spec.") && ofPods["spec."+inPod] {
				shared++
			} else {
				own = append(own, path)
			}
		}
		if shared == len(ofPods) {
			lists[kind] = own
		}
	}
}

// printTable writes one path a line, so that a new version of Kubernetes shows as a readable diff.
func printTable(w io.Writer, table map[string]any) error {
	fmt.Fprint(w, "{\n")
	for i, name := range keys(table) {
		if i > 0 {
			fmt.Fprint(w, ",\n")
		}
		inner, ok := table[name].(map[string]any)
		if !ok || len(inner) == 0 {
			fmt.Fprintf(w, " %s: %s", encode(name), encode(table[name]))
			continue
		}
		fmt.Fprintf(w, " %s: {\n", encode(name))
		for j, path := range keys(inner) {
			if j > 0 {
				fmt.Fprint(w, ",\n")
			}
			text := []byte(encode(inner[path]))
			if !strings.Contains(name, "/") { // the extra tables: kind, then path
				var lines map[string]json.RawMessage
				if json.Unmarshal(text, &lines) == nil && len(lines) > 0 {
					fmt.Fprintf(w, "  %s: {\n", encode(path))
					for k, line := range keys(lines) {
						if k > 0 {
							fmt.Fprint(w, ",\n")
						}
						fmt.Fprintf(w, "   %s: %s", encode(line), lines[line])
					}
					fmt.Fprint(w, "}")
					continue
				}
			}
			fmt.Fprintf(w, "  %s: %s", encode(path), text)
		}
		fmt.Fprint(w, "}")
	}
	_, err := fmt.Fprint(w, "\n}\n")
	return err
}

func encode(v any) string {
	var text strings.Builder
	e := json.NewEncoder(&text)
	e.SetEscapeHTML(false)
	e.Encode(v)
	return strings.TrimSpace(text.String())
}

func keys[V any](m map[string]V) []string {
	sorted := make([]string, 0, len(m))
	for k := range m {
		sorted = append(sorted, k)
	}
	sort.Strings(sorted)
	return sorted
}

// run decodes and defaults one object; an object that does not decode teaches nothing.
func run(kind schema.GroupVersionKind, label string, object map[string]any) (sample, bool) {
	text, err := json.Marshal(object)
	if err != nil {
		return sample{}, false
	}
	decoded, strict, err := typed(text, kind)
	if err != nil || len(strict) > 0 {
		return sample{}, false
	}
	s := sample{label: label, before: generic(object), afterDecode: generic(decoded)}
	legacyscheme.Scheme.Default(decoded)
	s.after = generic(decoded)
	return s, true
}

func generic(v any) map[string]any {
	text, err := json.Marshal(v)
	if err != nil {
		panic(err)
	}
	out := map[string]any{}
	if err := json.Unmarshal(text, &out); err != nil {
		panic(err)
	}
	return out
}

// ignored are paths that the server or controllers write, not defaulting.
func ignored(path string) bool {
	return path == "status" || strings.HasPrefix(path, "status.") ||
		strings.HasSuffix(path, "creationTimestamp") || path == "apiVersion" || path == "kind"
}

func split(path string) (parent, key string) {
	i := strings.LastIndex(path, ".")
	if i < 0 {
		return "", path
	}
	return path[:i], path[i+1:]
}

func join(path, key string) string {
	if path == "" {
		return key
	}
	return path + "." + key
}

// learn compares all samples of one kind, twice: first to find the paths that defaulting
// fills, then to see in every sample whether it fills them always and with the same value.
func learn(kind schema.GroupVersionKind, samples []sample) kindTable {
	t := kindTable{
		kind: kind, defaults: map[string]any{}, conditional: map[string]conditional{},
		rewritten: map[string]map[string]string{}, replaced: map[string]bool{}, kept: map[string]bool{},
	}
	filled := map[string]map[string]bool{} // parent path → child keys that were filled somewhere
	for _, s := range samples {
		pairs("", s.before, s.afterDecode, s.after, func(path string, before, decoded, after map[string]any) {
			for key := range after {
				if unset(decoded, key) {
					continue
				}
				if _, had := before[key]; !had && !ignored(join(path, key)) {
					if filled[path] == nil {
						filled[path] = map[string]bool{}
					}
					filled[path][key] = true
				}
			}
		})
	}
	seen := map[string]map[string]string{} // path → value → label
	values := map[string]any{}
	for _, s := range samples {
		pairs("", s.before, s.afterDecode, s.after, func(path string, before, _, after map[string]any) {
			for key := range filled[path] {
				full := join(path, key)
				if _, had := before[key]; had {
					continue
				}
				value, text := any(absent), absent
				if v, has := after[key]; has {
					value = v
					if _, isMap := v.(map[string]any); isMap && !opaque(path, key) {
						value = map[string]any{} // its children are paths of their own
					}
					text = encode(value)
				}
				if seen[full] == nil {
					seen[full] = map[string]string{}
				}
				if old, ok := seen[full][text]; !ok || shorter(s.label, old) {
					seen[full][text] = s.label
				}
				values[full] = value
			}
		})
		rewrites("", s, s.before, s.afterDecode, s.after, t)
	}
	for path, variants := range seen {
		parent, key := split(path)
		if len(variants) == 1 && !opaque(parent, key) {
			t.defaults[path] = values[path]
			continue
		}
		trimmed := map[string]string{}
		for i, text := range keys(variants) {
			if i < 8 || text == absent {
				trimmed[text] = variants[text]
			}
		}
		t.conditional[path] = conditional{note(path), trimmed}
	}
	return t
}

// pairs visits each object of `after` with its counterparts in `before` and in what decoding
// made of it (empty where defaulting made the object). List items are told apart by position: defaulting does not reorder.
func pairs(path string, before, decoded, after map[string]any, visit func(path string, before, decoded, after map[string]any)) {
	visit(path, before, decoded, after)
	for key, value := range after {
		full := join(path, key)
		if ignored(full) || opaque(path, key) {
			continue
		}
		switch v := value.(type) {
		case map[string]any:
			counterpart, _ := before[key].(map[string]any)
			typed, _ := decoded[key].(map[string]any)
			pairs(full, counterpart, typed, v, visit)
		case []any:
			old, _ := before[key].([]any)
			read, _ := decoded[key].([]any)
			for i, item := range v {
				if object, ok := item.(map[string]any); ok && i < len(old) && i < len(read) {
					counterpart, _ := old[i].(map[string]any)
					typed, _ := read[i].(map[string]any)
					pairs(full+"[]", counterpart, typed, object, visit)
				}
			}
		}
	}
}

// unset tells the zero of a required field that was left out: it comes from Go's type, not from
// defaulting, and validation refuses most of them. Structures ({}) do show in live objects.
func unset(decoded map[string]any, key string) bool {
	value, has := decoded[key]
	if _, isMap := value.(map[string]any); isMap {
		return false
	}
	return has && empty(value)
}

// opaque are maps whose keys are the user's, or that other fields are copied into by key.
func opaque(path, key string) bool {
	switch key {
	case "labels", "annotations", "matchLabels", "nodeSelector", "limits", "requests", "data", "stringData", "parameters", "capacity", "volumeAttributes", "options", "driver":
		return true
	case "selector":
		return path == "spec" // a Service's; others hold matchLabels, which is opaque too
	}
	return false
}

// rewrites visits the values that were given and notes what defaulting made of them.
func rewrites(path string, s sample, before, decoded, after map[string]any, t kindTable) {
	for key, old := range before {
		full := join(path, key)
		if ignored(full) {
			continue
		}
		now, has := after[key]
		if has && reflect.DeepEqual(old, now) {
			if empty(old) {
				t.kept[full] = true
				continue
			}
		}
		switch read := decoded[key].(type) {
		case map[string]any:
			oldMap, ok1 := old.(map[string]any)
			nowMap, ok2 := now.(map[string]any)
			if ok1 && ok2 {
				rewrites(full, s, oldMap, read, nowMap, t)
				continue
			}
		case []any:
			oldList, ok1 := old.([]any)
			nowList, ok2 := now.([]any)
			if ok1 && ok2 && len(oldList) == len(nowList) && len(read) == len(oldList) {
				for i := range oldList {
					a, ok1 := oldList[i].(map[string]any)
					b, ok2 := nowList[i].(map[string]any)
					c, ok3 := read[i].(map[string]any)
					if ok1 && ok2 && ok3 {
						rewrites(full+"[]", s, a, c, b, t)
					}
				}
				continue
			}
		}
		switch {
		case !has || reflect.DeepEqual(old, now) || reflect.DeepEqual(decoded[key], now):
			// Left alone by defaulting; decoding wrote a quantity in its canonical form.
		case empty(old):
			t.replaced[full] = true
		default:
			t.rewrite(full, old, now, s)
		}
	}
}

func (t kindTable) rewrite(path string, from, to any, s sample) {
	if t.rewritten[path] == nil {
		t.rewritten[path] = map[string]string{}
	}
	change := encode(from) + " → " + encode(to)
	if old, ok := t.rewritten[path][change]; !ok || shorter(s.label, old) {
		t.rewritten[path][change] = s.label
	}
}

// shorter prefers the simplest variation, and does not depend on the order of the walk.
func shorter(a, b string) bool { return len(a) < len(b) || len(a) == len(b) && a < b }

func empty(v any) bool {
	switch v := v.(type) {
	case nil:
		return true
	case string:
		return v == ""
	case float64:
		return v == 0
	case bool:
		return !v
	case []any:
		return len(v) == 0
	case map[string]any:
		return len(v) == 0
	}
	return false
}

// note says in words what decides, for the defaults that have to be written by hand.
func note(path string) string {
	for _, n := range notes {
		if strings.HasSuffix(path, n.suffix) {
			return n.text
		}
	}
	return ""
}
