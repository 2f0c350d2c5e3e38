#include <png.h>
#include <setjmp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "ImageCodecs.h"

static void leave(png_structp png, png_const_charp message) {
  snprintf(png_get_error_ptr(png), CODEC_MESSAGE_LENGTH, "%s", message);
  png_longjmp(png, 1);
}

static void warn(png_structp png, png_const_charp message) {
  (void)png;
  (void)message;
}

typedef struct {
  const uint8_t *next;
  size_t left;
} source;

static void read_bytes(png_structp png, png_bytep target, size_t count) {
  source *from = png_get_io_ptr(png);
  if (count > from->left) png_error(png, "image file is truncated");
  memcpy(target, from->next, count);
  from->next += count;
  from->left -= count;
}

void codec_decode_png(const uint8_t *bytes, size_t count, size_t pixel_limit, codec_image *result) {
  memset(result, 0, sizeof *result);
  source from = {bytes, count};
  png_structp png = png_create_read_struct(PNG_LIBPNG_VER_STRING, result->message, leave, warn);
  png_infop info = png ? png_create_info_struct(png) : NULL;
  uint8_t *volatile pixels = NULL;
  png_bytep *volatile rows = NULL;
  if (!info) {
    png_destroy_read_struct(&png, NULL, NULL);
    snprintf(result->message, CODEC_MESSAGE_LENGTH, "not enough memory");
    return;
  }
  if (setjmp(png_jmpbuf(png))) {
    png_destroy_read_struct(&png, &info, NULL);
    free(pixels);
    free(rows);
    return;
  }
  png_set_read_fn(png, &from, read_bytes);
  png_read_info(png, info);
  size_t width = png_get_image_width(png, info), height = png_get_image_height(png, info);
  if (width > pixel_limit / height) {
    snprintf(result->message, CODEC_MESSAGE_LENGTH, "Image size (%zu x %zu pixels) exceeds limit of %zu pixels", width,
             height, pixel_limit);
    png_longjmp(png, 1);
  }
  png_set_expand(png);
  png_set_strip_16(png);
  png_set_interlace_handling(png);
  png_read_update_info(png, info);
  size_t stride = png_get_rowbytes(png, info);
  pixels = malloc(stride * height);
  rows = malloc(height * sizeof *rows);
  if (!pixels || !rows) png_error(png, "not enough memory");
  for (size_t y = 0; y < height; y++) rows[y] = pixels + stride * y;
  png_read_image(png, rows);
  result->width = (int32_t)width;
  result->height = (int32_t)height;
  result->channels = png_get_channels(png, info);
  png_destroy_read_struct(&png, &info, NULL);
  free(rows);
  result->pixels = pixels;
}

/// A file that grows.
typedef struct {
  uint8_t *bytes;
  size_t count, capacity;
} sink;

static void write_bytes(png_structp png, png_bytep from, size_t count) {
  sink *to = png_get_io_ptr(png);
  if (count > to->capacity - to->count) {
    size_t capacity = (to->count + count) * 2;
    uint8_t *grown = realloc(to->bytes, capacity);
    if (!grown) png_error(png, "not enough memory");
    to->bytes = grown;
    to->capacity = capacity;
  }
  memcpy(to->bytes + to->count, from, count);
  to->count += count;
}

static void flush(png_structp png) { (void)png; }

void codec_encode_png(const codec_image *image, int32_t compression, codec_bytes *result) {
  static const int colors[] = {PNG_COLOR_TYPE_GRAY, PNG_COLOR_TYPE_GRAY_ALPHA, PNG_COLOR_TYPE_RGB, PNG_COLOR_TYPE_RGB_ALPHA};
  memset(result, 0, sizeof *result);
  sink *to = calloc(1, sizeof *to);
  png_structp png = to ? png_create_write_struct(PNG_LIBPNG_VER_STRING, result->message, leave, warn) : NULL;
  png_infop info = png ? png_create_info_struct(png) : NULL;
  if (!info) {
    png_destroy_write_struct(&png, NULL);
    free(to);
    snprintf(result->message, CODEC_MESSAGE_LENGTH, "not enough memory");
    return;
  }
  if (setjmp(png_jmpbuf(png))) {
    png_destroy_write_struct(&png, &info);
    free(to->bytes);
    free(to);
    return;
  }
  png_set_write_fn(png, to, write_bytes, flush);
  png_set_IHDR(png, info, (png_uint_32)image->width, (png_uint_32)image->height, 8, colors[image->channels - 1],
               PNG_INTERLACE_NONE, PNG_COMPRESSION_TYPE_DEFAULT, PNG_FILTER_TYPE_DEFAULT);
  png_set_compression_level(png, compression);
  png_write_info(png, info);
  size_t stride = (size_t)image->width * (size_t)image->channels;
  for (size_t y = 0; y < (size_t)image->height; y++) png_write_row(png, image->pixels + stride * y);
  png_write_end(png, info);
  png_destroy_write_struct(&png, &info);
  result->bytes = to->bytes;
  result->count = to->count;
  free(to);
}
