package worker

import (
	"errors"
	"reflect"
	"testing"

	"google.golang.org/protobuf/encoding/protowire"
)

// libraryProto is parseProto by protobuf's library.
func libraryProto(b []byte) (req WorkRequest, unknown bool, err error) {
	for len(b) > 0 {
		num, typ, n := protowire.ConsumeTag(b)
		if n < 0 {
			return req, unknown, protowire.ParseError(n)
		}
		b = b[n:]
		size := protowire.ConsumeFieldValue(num, typ, b)
		if size < 0 {
			return req, unknown, protowire.ParseError(size)
		}
		text, _ := protowire.ConsumeBytes(b[:size])
		number, _ := protowire.ConsumeVarint(b[:size])
		switch {
		case num == 1 && typ == protowire.BytesType:
			req.Arguments = append(req.Arguments, string(text))
		case num == 2 && typ == protowire.BytesType:
		case num == 3 && typ == protowire.VarintType:
			req.RequestID = int32(number)
		case num == 4 && typ == protowire.VarintType:
			req.Cancel = number != 0
		case num == 5 && typ == protowire.VarintType:
			req.Verbosity = int32(number)
		case num == 6 && typ == protowire.BytesType:
			req.SandboxDir = string(text)
		default:
			unknown = true
		}
		b = b[size:]
	}
	return req, unknown, nil
}

func FuzzParseProto(f *testing.F) {
	for _, s := range []string{
		"", "\n\x01a\n\x02bc", "\x18\x07 \x01(\x0a2\x03s/1", "\x12\x04\n\x02xy", // every field
		"\x18\xff\xff\xff\xff\xff\xff\xff\xff\xff\x01", "\x18\xff\xff\xff\xff\xff\xff\xff\xff\xff\x02", "\x18\x80", // varints
		"\x08\x01", "\x1a\x01x", "\x9a\x06\x02ab", "\x99\x06abcdefgh", "\x9d\x06abcd", "\x9d\x06abc", // unknown fields
		"\x9b\x06\x08\x01\x9c\x06", "\x9b\x06\x9b\x06\x9c\x06\x9c\x06", "\x9b\x06\x0b\x9c\x06", "\x9b\x06", "\x9c\x06", // groups
		"\x00\x01", "\x06", "\x07", "\xf8\xff\xff\xff\x0f\x01", "\x80\x80\x80\x80\x10\x01", // tags
		"\n\x05abc", "\n\xff\xff\xff\xff\xff\xff\xff\xff\xff\x01",
	} {
		f.Add([]byte(s))
	}
	f.Fuzz(func(t *testing.T, b []byte) {
		want, wantUnknown, wantErr := libraryProto(b)
		got, err := parseProto(b)
		unknown := errors.Is(err, errUnknownField)
		if unknown {
			err = nil
		}
		if (err != nil) != (wantErr != nil) {
			t.Fatalf("error %v, want %v", err, wantErr)
		}
		if err == nil && (unknown != wantUnknown || !reflect.DeepEqual(got, want)) {
			t.Errorf("%+v, unknown fields: %v; want %+v, %v", got, unknown, want, wantUnknown)
		}
	})
}
