// The sample objects that harvesting defaults: for each kind a walk over its OpenAPI schema
// builds the smallest object that holds a branch, and varies each field of it.
package main

import (
	"fmt"
	"regexp"
	"strings"

	"k8s.io/apimachinery/pkg/runtime/schema"
	"k8s.io/kube-openapi/pkg/validation/spec"
)

// walker collects the samples of one kind.
type walker struct {
	kind    schema.GroupVersionKind
	models  map[string]*spec.Schema
	samples []sample
}

// wrap puts a value into its place in an otherwise minimal object.
type wrap func(value any) map[string]any

func samplesOf(kind schema.GroupVersionKind) ([]sample, error) {
	models, err := schemas(kind.GroupVersion())
	if err != nil {
		return nil, err
	}
	w := &walker{kind: kind, models: models}
	for name, model := range models {
		if !strings.HasSuffix(name, "."+kind.Version+"."+kind.Kind) || !strings.Contains(name, ".api.") {
			continue
		}
		root := func(value any) map[string]any {
			object := map[string]any{"apiVersion": kind.GroupVersion().String(), "kind": kind.Kind, "metadata": map[string]any{"name": "x"}}
			for key, v := range value.(map[string]any) {
				object[key] = v
			}
			return object
		}
		w.object("", model, root, 0)
		for label, object := range extras[kind.Kind] {
			w.add(label, root(object))
		}
		return w.samples, nil
	}
	return nil, fmt.Errorf("no schema")
}

func (w *walker) add(label string, object map[string]any) {
	if s, ok := run(w.kind, label, object); ok {
		w.samples = append(w.samples, s)
	}
}

func (w *walker) resolve(s *spec.Schema) *spec.Schema {
	for depth := 0; depth < 8; depth++ {
		ref := s.Ref.String()
		if ref == "" && len(s.AllOf) == 1 {
			ref = s.AllOf[0].Ref.String()
		}
		if ref == "" {
			return s
		}
		name := ref[strings.LastIndex(ref, "/")+1:]
		s = w.models[name]
	}
	return s
}

// skip leaves out what defaulting does not reach and what would only cost time.
func (w *walker) skip(path, key string) bool {
	return path == "" && (key == "metadata" || key == "status" || key == "apiVersion" || key == "kind") ||
		key == "managedFields" || key == "ownerReferences" || key == "creationTimestamp"
}

// object visits an object schema at a path: bare, with each property in each variant, with
// each pair of a discriminating string and another property, and then each branch below.
func (w *walker) object(path string, model *spec.Schema, place wrap, depth int) {
	if depth > 14 {
		return
	}
	bare := func() map[string]any { return w.required(model, 0) }
	w.add(path+"={}", place(bare()))
	with := func(set map[string]any) map[string]any {
		value := bare()
		for key, v := range set {
			value[key] = v
		}
		return value
	}
	for _, key := range model.Required {
		value := bare()
		delete(value, key)
		w.add(join(path, key)+" left out", place(value))
	}
	for key := range model.Properties {
		property := model.Properties[key]
		if w.skip(path, key) {
			continue
		}
		full, target := join(path, key), w.resolve(&property)
		for _, variant := range w.variants(key, &property, target) {
			w.add(full+"="+encode(variant), place(with(map[string]any{key: variant})))
			if _, isString := variant.(string); !isString && !isBool(variant) || variant == "" {
				continue
			}
			for other := range model.Properties {
				if other == key || w.skip(path, other) {
					continue
				}
				sibling := model.Properties[other]
				w.add(full+"="+encode(variant)+" and "+other,
					place(with(map[string]any{key: variant, other: w.minimal(other, w.resolve(&sibling), 0)})))
			}
		}
		nested := func(value any) map[string]any { return place(with(map[string]any{key: value})) }
		switch {
		case len(target.Properties) > 0:
			w.object(full, target, nested, depth+1)
		case target.Items != nil && target.Items.Schema != nil:
			item := w.resolve(target.Items.Schema)
			if len(item.Properties) > 0 {
				w.object(full+"[]", item, func(value any) map[string]any { return nested([]any{value}) }, depth+1)
			}
		}
	}
}

func isBool(v any) bool { _, ok := v.(bool); return ok }

func (w *walker) required(model *spec.Schema, depth int) map[string]any {
	value := map[string]any{}
	for _, key := range model.Required {
		property := model.Properties[key]
		value[key] = w.minimal(key, w.resolve(&property), depth+1)
	}
	return value
}

// minimal is the smallest value of a schema that is not empty.
func (w *walker) minimal(key string, model *spec.Schema, depth int) any {
	switch {
	case len(model.Properties) > 0:
		if depth > 10 {
			return map[string]any{}
		}
		return w.required(model, depth)
	case model.Items != nil && model.Items.Schema != nil:
		return []any{w.minimal(key, w.resolve(model.Items.Schema), depth+1)}
	case model.AdditionalProperties != nil && model.AdditionalProperties.Schema != nil:
		return map[string]any{"cpu": w.minimal(key, w.resolve(model.AdditionalProperties.Schema), depth+1)}
	case model.Format == "int-or-string", model.Type.Contains("integer"), model.Type.Contains("number"):
		return 7
	case model.Type.Contains("boolean"):
		return true
	case model.Format == "date-time":
		return "2000-01-01T00:00:00Z"
	case model.Format == "byte":
		return "eA=="
	case len(model.OneOf) > 0: // Quantity
		return "1"
	case model.Type.Contains("string"):
		return "x"
	}
	return map[string]any{}
}

var word = regexp.MustCompile(`\b[A-Z][A-Za-z]{2,}\b`)

// variants are the values that one property is tried with, its empty one among them. The words
// that a description spells with a capital hold the values of its enumeration, if it is one.
func (w *walker) variants(key string, property, model *spec.Schema) []any {
	switch {
	case len(model.Properties) > 0:
		return []any{map[string]any{}}
	case model.Items != nil:
		return []any{[]any{}, w.minimal(key, model, 0)}
	case model.AdditionalProperties != nil:
		return []any{map[string]any{}, w.minimal(key, model, 0), map[string]any{"cpu": "0.0001"}}
	case model.Format == "int-or-string":
		return []any{0, 7, "x", "25%"}
	case model.Type.Contains("integer"):
		return []any{0, 1, 7}
	case model.Type.Contains("boolean"):
		return []any{true, false}
	case model.Format == "date-time", model.Format == "byte":
		return []any{w.minimal(key, model, 0)}
	case len(model.OneOf) > 0:
		return []any{"1", "1024Mi", "0.0001", "0"}
	case model.Type.Contains("string"):
		values := []any{"", "x"}
		if key == "image" || key == "reference" {
			values = append(values, "x:latest", "x:1", "x@sha256:"+strings.Repeat("0", 64), "x:latest@sha256:"+strings.Repeat("0", 64), "host:1/x", "X::")
		}
		seen := map[string]bool{}
		for _, candidate := range word.FindAllString(property.Description, -1) {
			if !seen[candidate] && len(seen) < 24 {
				seen[candidate] = true
				values = append(values, candidate)
			}
		}
		return values
	}
	return nil
}

func containerWith(fields map[string]any) map[string]any {
	container := map[string]any{"name": "x"}
	for key, value := range fields {
		container[key] = value
	}
	return map[string]any{"containers": []any{container}}
}

// extras are samples that vary fields that lie far apart.
var extras = func() map[string]map[string]map[string]any {
	ports := []any{map[string]any{"containerPort": 80}}
	hostNetwork := containerWith(map[string]any{"ports": ports})
	hostNetwork["hostNetwork"] = true
	limits := containerWith(map[string]any{"resources": map[string]any{"limits": map[string]any{"cpu": "1", "memory": "1024Mi"}}})
	partial := containerWith(map[string]any{"resources": map[string]any{
		"limits": map[string]any{"cpu": "1", "memory": "1Gi"}, "requests": map[string]any{"cpu": "0.5"}}})
	podLevel := containerWith(map[string]any{"resources": map[string]any{"requests": map[string]any{"cpu": "1"}}})
	podLevel["resources"] = map[string]any{"limits": map[string]any{"cpu": "2"}}
	pods := map[string]map[string]any{"hostNetwork and ports": hostNetwork, "limits without requests": limits, "limits and some requests": partial, "limits of the pod, requests of its container": podLevel}
	labelled := func(spec map[string]any) map[string]any {
		return map[string]any{"metadata": map[string]any{"labels": map[string]any{"a": "b"}}, "spec": spec}
	}
	all := map[string]map[string]map[string]any{}
	for label, pod := range pods {
		put := func(kind string, object map[string]any) {
			if all[kind] == nil {
				all[kind] = map[string]map[string]any{}
			}
			all[kind][label] = object
		}
		put("Pod", map[string]any{"spec": pod})
		for _, kind := range []string{"Deployment", "DaemonSet", "ReplicaSet", "StatefulSet", "Job"} {
			put(kind, map[string]any{"spec": map[string]any{"selector": map[string]any{}, "template": labelled(pod)}})
		}
		put("CronJob", map[string]any{"spec": map[string]any{"schedule": "* * * * *",
			"jobTemplate": map[string]any{"spec": map[string]any{"template": labelled(pod)}}}})
	}
	all["Service"] = map[string]map[string]any{
		"headless":         {"spec": map[string]any{"clusterIP": "None", "ports": []any{map[string]any{"port": 80}}}},
		"named targetPort": {"spec": map[string]any{"ports": []any{map[string]any{"port": 80, "targetPort": "http"}}}},
		"sessionAffinity=ClientIP and its configuration": {"spec": map[string]any{"sessionAffinity": "ClientIP", "sessionAffinityConfig": map[string]any{"clientIP": map[string]any{}}}},
	}
	return all
}()
