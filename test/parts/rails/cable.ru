# A Rails application whose requests last: a channel of ActionCable, a stream of ActionController::Live, an upload.
ENV['RAILS_ENV'] ||= 'production'
require 'rails'
require 'action_controller/railtie'
require 'action_cable/engine'

module ApplicationCable
  class Connection < ActionCable::Connection::Base; end
end

# who is in a room hears what is said there
class RoomChannel < ActionCable::Channel::Base
  def subscribed = stream_from("room #{params[:room]}")

  def say(data) = ActionCable.server.broadcast("room #{params[:room]}", { n: data['n'] })
end

class LastingController < ActionController::Base
  include ActionController::Live

  def health = render(plain: "well\n")

  # a line every half second
  def stream
    response.headers['Last-Modified'] = Time.now.httpdate # or Rack waits for all of it, to make an ETag
    (params[:s].to_i * 2).times { |n| response.stream.write("#{n}\n"); sleep 0.5 }
  ensure
    response.stream.close
  end

  def upload = render(plain: "#{request.body.size}\n")
end

class App < Rails::Application
  config.load_defaults 6.1
  config.eager_load = true
  config.action_controller.default_protect_from_forgery = false
  config.action_cable.cable = { 'adapter' => 'async' }
  config.action_cable.disable_request_forgery_protection = true
  config.secret_key_base = 'x' * 64
  config.hosts.clear
  config.root = __dir__
  config.logger = ActiveSupport::Logger.new($stdout)
  config.log_level = :warn
  routes.append do
    get '/healthz', to: 'lasting#health'
    get '/stream', to: 'lasting#stream'
    post '/upload', to: 'lasting#upload'
  end
end
App.initialize!
run App
