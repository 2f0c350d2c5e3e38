// JPEG and PNG in memory. Both libraries leave a failed call with longjmp, which must not cross a Swift frame: here it ends.
#pragma once
#include <stddef.h>
#include <stdint.h>

/// Room for a message.
enum { CODEC_MESSAGE_LENGTH = 256 };

/// An image of 8 bits a channel, rows from top to bottom, channels innermost.
typedef struct {
  int32_t width, height;
  /// 1: gray, 2: gray and alpha, 3: red, green, blue, 4: these and alpha.
  int32_t channels;
  /// `width * height * channels` bytes, to be freed by the caller; null after an error.
  uint8_t *pixels;
  /// What went wrong.
  char message[CODEC_MESSAGE_LENGTH];
} codec_image;

/// A file in memory.
typedef struct {
  /// To be freed by the caller; null after an error.
  uint8_t *bytes;
  size_t count;
  char message[CODEC_MESSAGE_LENGTH];
} codec_bytes;

/// Decodes a JPEG of at most `pixel_limit` pixels in its own channels; four colors of ink become red, green, blue.
void codec_decode_jpeg(const uint8_t *bytes, size_t count, size_t pixel_limit, codec_image *result);

/// Decodes a PNG of at most `pixel_limit` pixels. Palettes become colors, few bits 8, and 16 bits their upper 8.
void codec_decode_png(const uint8_t *bytes, size_t count, size_t pixel_limit, codec_image *result);

/// Encodes gray or colored pixels as JPEG of a quality from 1 to 100.
void codec_encode_jpeg(const codec_image *image, int32_t quality, codec_bytes *result);

/// Encodes pixels as PNG with a compression from 0 to 9.
void codec_encode_png(const codec_image *image, int32_t compression, codec_bytes *result);
