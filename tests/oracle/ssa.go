// Server-side apply: the operations `ssa` and `fieldset`. It merges and tracks owners as the
// API server does, without defaulting, admission and version conversion.
package main

import (
	"bytes"
	"encoding/json"
	"fmt"
	"regexp"

	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/apimachinery/pkg/util/managedfields/managedfieldstest"
)

// step is one write by one manager.
type step struct {
	Verb    string          `json:"verb"`
	Manager string          `json:"manager"`
	Force   bool            `json:"force"`
	Object  json.RawMessage `json:"object"`
}

type conflict struct {
	Manager string `json:"manager"`
	Path    string `json:"path"`
	Message string `json:"message"`
}

type stepResult struct {
	OK        bool       `json:"ok"`
	Conflicts []conflict `json:"conflicts,omitempty"`
	Error     string     `json:"error,omitempty"`
}

type ssaResult struct {
	Steps         []stepResult                `json:"steps"`
	Live          map[string]any              `json:"live"`
	ManagedFields []metav1.ManagedFieldsEntry `json:"managedFields"`
}

// ssa runs the steps in order on one object that starts empty. A step that fails changes
// nothing, and the next one is run all the same.
func ssa(r request) (any, error) {
	kind := r.GVK.native()
	types, err := converter(kind.GroupVersion())
	if err != nil {
		return nil, err
	}
	manager := managedfieldstest.NewTestFieldManager(types, kind)
	result := ssaResult{Steps: []stepResult{}}
	for _, s := range r.Steps {
		result.Steps = append(result.Steps, write(manager, s, r.GVK))
	}
	live := manager.Live().(*unstructured.Unstructured)
	live.SetManagedFields(nil)
	if metadata, ok := live.Object["metadata"].(map[string]any); ok && len(metadata) == 0 {
		delete(live.Object, "metadata") // it only held the managedFields
	}
	result.Live = live.Object
	result.ManagedFields = manager.ManagedFields()
	for i := range result.ManagedFields {
		result.ManagedFields[i].Time = nil
	}
	return result, nil
}

func write(manager managedfieldstest.TestFieldManager, s step, kind gvk) stepResult {
	object, err := loose(s.Object, kind.native())
	if err == nil {
		switch s.Verb {
		case "apply":
			err = manager.Apply(object, s.Manager, s.Force)
		case "update":
			// An update carries the managedFields that it read, as a client does.
			if object.GetManagedFields() == nil {
				object.SetManagedFields(manager.ManagedFields())
			}
			err = manager.Update(object, s.Manager)
		default:
			err = fmt.Errorf("unknown verb %q", s.Verb)
		}
	}
	if err == nil {
		return stepResult{OK: true}
	}
	return stepResult{Conflicts: conflicts(err), Error: err.Error()}
}

var inQuotes = regexp.MustCompile(`^conflict with "([^"]*)"`)

func conflicts(err error) []conflict {
	status, ok := err.(apierrors.APIStatus)
	if !ok || status.Status().Details == nil {
		return nil
	}
	var found []conflict
	for _, cause := range status.Status().Details.Causes {
		if cause.Type != metav1.CauseTypeFieldManagerConflict {
			continue
		}
		c := conflict{Path: cause.Field, Message: cause.Message}
		if m := inQuotes.FindStringSubmatch(cause.Message); m != nil {
			c.Manager = m[1]
		}
		found = append(found, c)
	}
	return found
}

// fieldSet gives the set of an object's fields as managedFields would hold it, but with
// apiVersion, kind and the like still in it (the API server strips those from managedFields).
func fieldSet(r request) (any, error) {
	kind := r.GVK.native()
	types, err := converter(kind.GroupVersion())
	if err != nil {
		return nil, err
	}
	object, err := loose(r.Object, kind)
	if err != nil {
		return nil, err
	}
	typed, err := types.ObjectToTyped(object)
	if err != nil {
		return nil, err
	}
	set, err := typed.ToFieldSet()
	if err != nil {
		return nil, err
	}
	var text bytes.Buffer
	if err := set.ToJSONStream(&text); err != nil {
		return nil, err
	}
	return map[string]json.RawMessage{"fieldsV1": text.Bytes()}, nil
}
