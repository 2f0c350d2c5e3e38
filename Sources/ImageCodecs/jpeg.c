// clang-format off
#include <stdio.h>
// clang-format on
#include <jerror.h>
#include <jpeglib.h>
#include <setjmp.h>
#include <stdlib.h>
#include <string.h>

#include "ImageCodecs.h"

/// The library's error manager, with the way out and the message.
typedef struct {
  struct jpeg_error_mgr manager;
  jmp_buf exit;
  char message[JMSG_LENGTH_MAX];
} error_exit;

static void leave(j_common_ptr info) {
  error_exit *error = (error_exit *)info->err;
  error->manager.format_message(info, error->message);
  longjmp(error->exit, 1);
}

/// Warnings are no errors, but for the one that the file ends too early.
static void warn(j_common_ptr info, int level) {
  if (level < 0 && info->err->msg_code == JWRN_JPEG_EOF) {
    snprintf(((error_exit *)info->err)->message, JMSG_LENGTH_MAX, "image file is truncated");
    longjmp(((error_exit *)info->err)->exit, 1);
  }
}

static struct jpeg_error_mgr *set_errors(error_exit *error) {
  struct jpeg_error_mgr *manager = jpeg_std_error(&error->manager);
  manager->error_exit = leave;
  manager->emit_message = warn;
  error->message[0] = 0;
  return manager;
}

static void tell(char *message, const char *text) { snprintf(message, CODEC_MESSAGE_LENGTH, "%s", text); }

/// Four colors of ink to light, in place: as Pillow computes it.
static void inks_to_light(uint8_t *row, JDIMENSION width, int inverted) {
  for (JDIMENSION x = 0; x < width; x++) {
    int black = inverted ? row[x * 4 + 3] : 255 - row[x * 4 + 3];
    for (int c = 0; c < 3; c++) {
      int ink = inverted ? 255 - row[x * 4 + c] : row[x * 4 + c];
      int product = ink * black + 128;
      int light = black - (((product >> 8) + product) >> 8);
      row[x * 3 + c] = (uint8_t)(light < 0 ? 0 : light);
    }
  }
}

void codec_decode_jpeg(const uint8_t *bytes, size_t count, size_t pixel_limit, codec_image *result) {
  struct jpeg_decompress_struct info;
  error_exit error;
  uint8_t *volatile pixels = NULL;
  uint8_t *volatile row = NULL;
  memset(result, 0, sizeof *result);
  memset(&info, 0, sizeof info);
  info.err = set_errors(&error);
  if (setjmp(error.exit)) {
    jpeg_destroy_decompress(&info);
    free(pixels);
    free(row);
    tell(result->message, error.message);
    return;
  }
  jpeg_create_decompress(&info);
  jpeg_mem_src(&info, bytes, count);
  jpeg_read_header(&info, TRUE);
  int is_ink = info.num_components == 4;
  info.out_color_space = info.num_components == 1 ? JCS_GRAYSCALE : is_ink ? JCS_CMYK : JCS_RGB;
  if ((size_t)info.image_width * info.image_height > pixel_limit) {
    jpeg_destroy_decompress(&info);
    snprintf(result->message, CODEC_MESSAGE_LENGTH, "Image size (%zu pixels) exceeds limit of %zu pixels",
             (size_t)info.image_width * info.image_height, pixel_limit);
    return;
  }
  jpeg_start_decompress(&info);
  int channels = is_ink ? 3 : info.output_components;
  size_t stride = (size_t)info.output_width * (size_t)channels;
  pixels = malloc(stride * info.output_height);
  row = malloc((size_t)info.output_width * 4);
  if (!pixels || !row) ERREXIT1(&info, JERR_OUT_OF_MEMORY, 0);
  while (info.output_scanline < info.output_height) {
    uint8_t *target = pixels + stride * info.output_scanline;
    JSAMPROW rows[1] = {is_ink ? row : target};
    if (jpeg_read_scanlines(&info, rows, 1) != 1) continue;
    if (!is_ink) continue;
    inks_to_light(row, info.output_width, info.saw_Adobe_marker);
    memcpy(target, row, stride);
  }
  result->width = (int32_t)info.output_width;
  result->height = (int32_t)info.output_height;
  result->channels = channels;
  jpeg_finish_decompress(&info);
  jpeg_destroy_decompress(&info);
  free(row);
  result->pixels = pixels;
}

/// Where the encoder writes to: bytes that belong to the caller, also when it gives up.
typedef struct {
  struct jpeg_destination_mgr manager;
  uint8_t *bytes;
  size_t capacity;
} growing_target;

static void offer_room(growing_target *target, size_t used) {
  target->manager.next_output_byte = target->bytes + used;
  target->manager.free_in_buffer = target->capacity - used;
}

static void begin_target(j_compress_ptr info) {
  growing_target *target = (growing_target *)info->dest;
  target->capacity = 1 << 16;
  target->bytes = malloc(target->capacity);
  if (!target->bytes) ERREXIT1(info, JERR_OUT_OF_MEMORY, 0);
  offer_room(target, 0);
}

/// The library asks for room when all is used, whatever it says of the rest.
static boolean grow_target(j_compress_ptr info) {
  growing_target *target = (growing_target *)info->dest;
  size_t used = target->capacity;
  uint8_t *bytes = realloc(target->bytes, used * 2);
  if (!bytes) ERREXIT1(info, JERR_OUT_OF_MEMORY, 0);
  target->bytes = bytes;
  target->capacity = used * 2;
  offer_room(target, used);
  return TRUE;
}

static void end_target(j_compress_ptr info) { (void)info; }

void codec_encode_jpeg(const codec_image *image, int32_t quality, codec_bytes *result) {
  struct jpeg_compress_struct info;
  error_exit error;
  growing_target target;
  memset(result, 0, sizeof *result);
  memset(&info, 0, sizeof info);
  memset(&target, 0, sizeof target);
  target.manager.init_destination = begin_target;
  target.manager.empty_output_buffer = grow_target;
  target.manager.term_destination = end_target;
  info.err = set_errors(&error);
  if (setjmp(error.exit)) {
    jpeg_destroy_compress(&info);
    free(target.bytes);
    tell(result->message, error.message);
    return;
  }
  jpeg_create_compress(&info);
  info.dest = &target.manager;
  info.image_width = (JDIMENSION)image->width;
  info.image_height = (JDIMENSION)image->height;
  info.input_components = image->channels;
  info.in_color_space = image->channels == 1 ? JCS_GRAYSCALE : JCS_RGB;
  jpeg_set_defaults(&info);
  jpeg_set_quality(&info, quality, TRUE);
  jpeg_start_compress(&info, TRUE);
  size_t stride = (size_t)image->width * (size_t)image->channels;
  while (info.next_scanline < info.image_height) {
    JSAMPROW rows[1] = {image->pixels + stride * info.next_scanline};
    jpeg_write_scanlines(&info, rows, 1);
  }
  jpeg_finish_compress(&info);
  result->bytes = target.bytes;
  result->count = target.capacity - target.manager.free_in_buffer;
  jpeg_destroy_compress(&info);
}
