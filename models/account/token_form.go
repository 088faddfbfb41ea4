package account

import (
	"context"
	"net/netip"
	"slices"
	"strconv"
	"strings"
	"time"

	"muster/models"
)

// ExpiryDays are the lifetimes offered for a token; the year is the default.
func ExpiryDays() []int { return []int{30, 90, 180, 365, 730} }

// ParseExpiry reads "365d", "365" or "2027-06-30" (the whole day, in zone). The
// limits are checked when the token is made.
func ParseExpiry(text string, now time.Time, zone *time.Location) (time.Time, error) {
	text = strings.TrimSpace(text)
	if days, err := strconv.Atoi(strings.TrimSuffix(text, "d")); err == nil {
		if days < 1 || days > 5*366 {
			return time.Time{}, badExpiry("A token can live between 1 day and five years.")
		}
		return now.AddDate(0, 0, days), nil
	}
	day, err := time.ParseInLocation(time.DateOnly, text, zone)
	if err != nil {
		return time.Time{}, badExpiry("“" + cut(text, 30) + "” is no expiry.")
	}
	end := day.AddDate(0, 0, 1).Add(-time.Second)
	if !end.After(now) {
		return time.Time{}, badExpiry("The day " + text + " is over.")
	}
	return end, nil
}

func badExpiry(text string) error {
	return models.Errorf(models.Invalid, "expires", "%s", text).
		WithAdvice("Give a number of days such as 365d, or a date such as 2027-06-30, at most five years away.").WithCode("expiry")
}

const mostRanges = 50

// AllowList reads addresses and CIDRs, and gives each once, as a CIDR. It refuses
// the first that is neither, by name.
func AllowList(entries []string) ([]string, error) {
	out := []string{}
	for _, text := range entries {
		text = strings.TrimSpace(text)
		if text == "" {
			continue
		}
		p, err := rangeOf(text)
		if err != nil {
			return nil, models.Errorf(models.Invalid, "allowList", "“%s” is neither an address nor a range.", cut(text, 60)).
				WithAdvice("Write one per line, such as 203.0.113.7 or 203.0.113.0/24.")
		}
		if s := p.String(); !slices.Contains(out, s) {
			out = append(out, s)
		}
	}
	if len(out) > mostRanges {
		return nil, models.Errorf(models.Invalid, "allowList", "The allow list has %d entries.", len(out)).
			WithAdvice("At most %d fit; join neighbours to larger ranges.", mostRanges)
	}
	return out, nil
}

// rangeOf writes IPv4 in IPv6 clothes as IPv4, which is how clients are compared.
func rangeOf(text string) (netip.Prefix, error) {
	if ip, err := netip.ParseAddr(text); err == nil && ip.Zone() == "" {
		ip = ip.Unmap()
		return ip.Prefix(ip.BitLen())
	}
	p, err := netip.ParsePrefix(text)
	if err != nil {
		return p, err
	}
	if p.Addr().Is4In6() && p.Bits() >= 96 {
		p = netip.PrefixFrom(p.Addr().Unmap(), p.Bits()-96)
	}
	return p.Masked(), nil
}

// Reminder is a token whose end needs somebody's attention.
type Reminder struct {
	Token models.Token
	Days  int // whole days left; negative when it is over
}

// Reminders picks the tokens that expire within 30 days (see firstReminder), or did in the last 30
// while in use, and are neither disabled nor being replaced; the nearest end
// first. Level tells how pressing each is.
func Reminders(tokens []models.Token, now time.Time) []Reminder {
	var out []Reminder
	for _, t := range tokens {
		left := t.Expires.Time().Sub(now)
		if t.Revoked != 0 || t.Disabled || t.Parked || t.SuccessorID != "" || t.Expires == 0 {
			continue
		}
		month := time.Duration(models.ReminderDays()[0]) * 24 * time.Hour
		if left > firstReminder(t) || left <= -month || left <= 0 && t.LastUsed == 0 {
			continue
		}
		days := int(left / (24 * time.Hour))
		if left <= 0 {
			days--
		}
		out = append(out, Reminder{t, days})
	}
	slices.SortFunc(out, func(x, y Reminder) int { return x.Days - y.Days })
	return out
}

// firstReminder is how long before its end a token asks for attention for the first
// time: a month, and for one that was made for no longer, when most of its life is over.
func firstReminder(t models.Token) time.Duration {
	life := t.Expires.Time().Sub(t.Created.Time())
	var before time.Duration
	for _, days := range models.ReminderDays() {
		if before = time.Duration(days) * 24 * time.Hour; before <= life/2 {
			break
		}
	}
	return before
}

// Reminders gives an organization's tokens that need attention now.
func (a *Accounts) Reminders(ctx context.Context, organization int64) ([]Reminder, error) {
	list, err := a.Store.Tokens(ctx, organization)
	if err != nil {
		return nil, err
	}
	return Reminders(a.Fresh(list...), a.Now()), nil
}

// Level is the reminder's step: 30, 14, 7 or 1 days, 0 when the token is over.
func (r Reminder) Level() int {
	level := 0
	if r.Days < 0 {
		return level
	}
	for _, d := range models.ReminderDays() {
		if r.Days <= d {
			level = d
		}
	}
	return level
}
