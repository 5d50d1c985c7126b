package sparkconf

import "testing"

func TestParseVersion(t *testing.T) {
	for in, want := range map[string]Version{
		"3.5.7":                  {3, 5, 7, ""},
		"3.3.0-amzn-0":           {3, 3, 0, "-amzn-0"},
		"4.2.0-SNAPSHOT":         {4, 2, 0, "-SNAPSHOT"},
		"3.3.2.3.3.7190.0-91":    {3, 3, 2, ".3.3.7190.0-91"},
		"2.4.0-cdh6.3.2":         {2, 4, 0, "-cdh6.3.2"},
		"3.5":                    {3, 5, 0, ""},
		"10.11.12":               {10, 11, 12, ""},
		"4.1.0-preview1":         {4, 1, 0, "-preview1"},
		"3.4.1.5.3.20240713.042": {3, 4, 1, ".5.3.20240713.042"},
	} {
		got, err := ParseVersion(in)
		if err != nil || got != want {
			t.Errorf("ParseVersion(%q) = %+v, %v; want %+v", in, got, err, want)
		}
	}
	for _, in := range []string{"", "3", "v3.5.7", "3.5.7 ", "spark-3.5.7", "3..5", "-3.5.7", "3.5x", "3.5.7\n", "99999999999999999999.1.1"} {
		if v, err := ParseVersion(in); err == nil {
			t.Errorf("ParseVersion(%q) = %+v, want an error", in, v)
		}
	}
}

func TestVersionOrder(t *testing.T) {
	order := []string{"2.4.8", "3.0.0", "3.3.4", "3.5.0", "3.5.7", "3.10.0", "4.0.1"}
	for i, a := range order {
		for j, b := range order {
			va, _ := ParseVersion(a)
			vb, _ := ParseVersion(b)
			if got, want := va.Less(vb), i < j; got != want {
				t.Errorf("%s less than %s: %v, want %v", a, b, got, want)
			}
		}
	}
	if v, _ := ParseVersion("3.10.2-x"); v.Line() != "3.10" {
		t.Errorf("line %q, want 3.10", v.Line())
	}
	if CompareLines("3.9", "3.10") >= 0 {
		t.Error("release line 3.9 does not come before 3.10")
	}
}
