package learner

import (
	"math"
	"strings"
	"testing"

	"github.com/spark-apprentice/apprentice/internal/sparkconf"
)

// By core and GiB, by node, and with spot: figures by hand.
func TestPricePerHour(t *testing.T) {
	const gib = float64(sparkconf.GiB)
	for _, test := range []struct {
		name         string
		price        Price
		cores, bytes float64
		want         float64
	}{
		{"core and GiB", Price{CoreHour: 0.04, GiBHour: 0.005}, 8, 32 * gib, 0.48},
		{"half of it spot at 60 % off", Price{CoreHour: 0.04, GiBHour: 0.005, SpotShare: 0.5, SpotDiscount: 0.6}, 8, 32 * gib, 0.336},
		{"node, by cores", Price{NodeHour: 0.8, NodeCores: 16, NodeMemory: 64 << 30}, 4, 8 * gib, 0.2},
		{"node, by memory", Price{NodeHour: 0.8, NodeCores: 16, NodeMemory: 64 << 30}, 4, 32 * gib, 0.4},
	} {
		if got := test.price.perHour(test.cores, test.bytes); math.Abs(got-test.want) > 1e-12 {
			t.Errorf("%s: %g, want %g", test.name, got, test.want)
		}
	}
	c := Config{CorePrice: 1, Prices: []Price{{Cluster: "databricks:i3*", NodeHour: 1, NodeCores: 4}, {Cluster: "*", CoreHour: 2}}}
	for id, want := range map[string]float64{"databricks:i3.xlarge,i3.xlarge,8": 0.25, "standalone:spark://m:7077": 2} {
		if p, ok := c.priceOf(id); !ok || p.perHour(1, 0) != want {
			t.Errorf("%s: %+v", id, p)
		}
	}
	if _, ok := (Config{CorePrice: 1}).priceOf("x"); ok {
		t.Error("weights are no price")
	}
	for want, p := range map[string]Price{
		"no pattern":                 {CoreHour: 1},
		"node-hour needs node-cores": {Cluster: "*", NodeHour: 1},
		"parts, from 0 to 1":         {Cluster: "*", CoreHour: 1, SpotShare: 2},
		"no core-hour":               {Cluster: "*"},
		"must not be negative":       {Cluster: "*", CoreHour: -1},
	} {
		if err := checkPrices([]Price{p}); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%+v: %v, want %s", p, err, want)
		}
	}
}

// With a price, real nights cost money, and the least saving may be money: a
// night of DocTopics holds two cores and 1 GiB for its ten seconds.
func TestMoneyDecides(t *testing.T) {
	f := lab(t)
	priced := func(c *Config) {
		c.Prices, c.Currency = []Price{{Cluster: "*", CoreHour: 100, GiBHour: 10}}, "EUR"
	}
	r := rec(t, learn(t, f, priced), "DocTopics")
	hour := 2*100.0 + 10
	if got, want := r.Expected.BaselineCost.V, hour*r.Expected.BaselineS.V/3600; math.Abs(got/want-1) > 0.1 || r.Expected.Currency != "EUR" {
		t.Errorf("a night costs %g %s, want about %g", got, r.Expected.Currency, want)
	}
	if len(r.Settings) == 0 {
		t.Fatal("nothing is proposed")
	}
	if got := rec(t, learn(t, f, nil), "DocTopics").Expected; got.BaselineCost.OK {
		t.Errorf("money without a price: %v", got.BaselineCost)
	}
	for least, want := range map[float64]int{0.05: 1, 5: 0} {
		r := rec(t, learn(t, f, func(c *Config) { priced(c); c.MinMoney = least }), "DocTopics")
		if len(r.Settings) != want {
			t.Errorf("%g EUR a night: %v", least, values(r.Settings))
		}
		if want == 0 && !strings.Contains(r.Rejected[0].Why, "5 EUR are asked for") {
			t.Errorf("%s", r.Rejected[0].Why)
		}
	}
	// So many seconds or so much money.
	r = rec(t, learn(t, f, func(c *Config) { priced(c); c.MinMoney, c.MinSeconds = 5, 0.5 }), "DocTopics")
	if len(r.Settings) != 1 {
		t.Errorf("enough seconds and too little money: %v", r.Rejected)
	}
}

// A slower setting is taken for a better reward only as far as people allow.
func TestSlowdownIsAllowedOrNot(t *testing.T) {
	nights := provenNights(10, "")
	for i := range nights {
		nights[i].seconds = 100
		if nights[i].conf != nil { // a tenth slower on a quarter of the containers
			nights[i].seconds, nights[i].tweak = 110, quarterOfTheCores
		}
	}
	for slow, want := range map[float64]int{0: 0, 0.05: 0, 0.2: 1} {
		r := rec(t, learn(t, fleetOf(nights), func(c *Config) { c.Reward, c.MaxSlowdown = "cost", slow }), "p")
		if len(r.Settings) != want {
			t.Errorf("max-slowdown %g: %v: %s", slow, values(r.Settings), r.Reason)
		}
		if want == 0 && !strings.Contains(r.Rejected[0].Why, "slower than allowed: 1.1") {
			t.Errorf("max-slowdown %g: %s", slow, r.Rejected[0].Why)
		}
	}
}
